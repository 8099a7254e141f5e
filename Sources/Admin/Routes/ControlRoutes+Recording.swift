// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Gateway
import Hummingbird
import Trace
import Vocabulary

/// What records the traffic; see `RecordingRequest`.
extension ControlRoutes {
    var recordings: [Operation] {
        let gateway = gateway
        return [
            .get("/v1/record", "The traces being recorded.", answer: .json("Recordings")) { _ in
                Self.reply(try JSONEncoder().encode(gateway.recordings))
            },
            .post(
                "/v1/record/start",
                "Begins to record.",
                [
                    .init("path", .text(most: 4_096), "An absolute path.", isRequired: true),
                    .init(
                        "scope",
                        .words([TraceScope.local, .outbound].map(\.rawValue)),
                        "`outbound`: only what may leave the site."
                    ),
                    .init("max_size", .integer(1...1 << 44), "In bytes; the oldest is given up."),
                    .init("sample", .number(0...1), "The share recorded."),
                    .init("seconds", .number(0...3.2e7), "When it ends by itself."),
                ],
                answer: .json("Recordings"),
                refusals: [409: "It cannot be recorded there."],
                isLocal: true
            ) { call in
                let recording = try Self.recording(call)
                let status: RecordingStatus
                do throws(RecordingRefusal) {
                    status = try gateway.startRecording(recording)
                } catch {
                    throw HTTPError(.conflict, message: error.message)
                }
                return Self.reply(try JSONEncoder().encode([status]))
            },
            .post(
                "/v1/record/stop",
                "Ends one recording, or all.",
                [.init("path", .text(most: 4_096), "The trace's file.")],
                answer: .json("Recordings")
            ) { call in
                Self.reply(
                    try JSONEncoder().encode(gateway.stopRecording(path: call.text("path")))
                )
            },
        ]
    }

    private static func recording(_ call: Call) throws -> RecordingRequest {
        guard let path = call.text("path"), path.hasPrefix("/") else {
            throw HTTPError(.badRequest, message: "`path` is an absolute path")
        }
        var request = RecordingRequest(path: path)
        request.scope = call.text("scope").flatMap { TraceScope(rawValue: $0) } ?? request.scope
        request.maximumSize = call.integer("max_size").map { Int($0) } ?? request.maximumSize
        request.sample = call.number("sample") ?? request.sample
        request.duration = call.number("seconds").map {
            .milliseconds(Int64(($0 * 1_000).rounded()))
        }
        guard RecordingRequest.sizes.contains(request.maximumSize), request.sample > 0 else {
            throw HTTPError(.badRequest, message: "`max_size` or `sample` is out of range")
        }
        return request
    }
}
