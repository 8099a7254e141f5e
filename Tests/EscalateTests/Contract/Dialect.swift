// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import TestKit
import Testing
import Vocabulary

@testable import Escalate

/// One protocol as the contract sees it: how to speak it, and what a server that speaks it would say.
///
/// Labels are `ok` and `fault`. A server answers with what `reply` writes for a list of answers.
struct Dialect: Sendable, CustomTestStringConvertible {
    struct Spoken: Sendable {
        var label: String
        /// The confidence as its JSON text, so that it can be nonsense.
        var confidence = "0.875"
    }

    var name: String
    var speaks: @Sendable (_ url: String) -> CloudSpeech
    /// The path the requests go to.
    var path: String
    var version: String?
    /// The values in a request, one list a question.
    var rows: @Sendable (FakeCloud.Request) throws -> [[Double]]
    /// A reply with these answers.
    var reply: @Sendable ([Spoken]) -> FakeCloud.Reply
    /// The same answers, its parts in another order; nil where there is only one.
    var reordered: (@Sendable ([Spoken]) -> FakeCloud.Reply)?
    /// Successful replies that lack something.
    var lacking: [String]
    /// What the model's own failure looks like, and whether the question is to blame.
    var modelFailures: [(reply: FakeCloud.Reply, isQuestionsFault: Bool)]
    /// Statuses that are tried again, of 400, 404, 408, 429, 500, 502, 503, 504.
    var retried: Set<Int> = [408, 429, 502, 503, 504]
    /// What carries the credentials: `bearer`, `api-key`, `aws`, `google` or nothing.
    var shows = "bearer"
    var usesBroker: Bool { name == "mqtt" }

    var testDescription: String { name }

    static let all = [
        openInference, binary, kserve, openAI, azureOpenAI, sageMaker, sageMakerCSV, vertex,
        azureML, mqtt, template,
    ]

    static func json(_ request: FakeCloud.Request) throws -> ReplyJSON {
        try ReplyJSON(parsing: request.bytes)
    }

    /// Lists of numbers.
    static func numbers(_ value: ReplyJSON?) throws -> [[Double]] {
        try #require(value?.list).map { row in
            try #require(row.list).map { try #require($0.number) }
        }
    }
}

/// What follows the answers in a reply that says more than it must.
private let trimmings = #""model_name":"wear","extra":{"deep":[1,{"x":null}]}"#

extension Dialect {
    static let openInference = Dialect(
        name: "open-inference",
        speaks: { _ in .openInference(isBinary: false) },
        path: "/v2/models/wear/versions/3/infer",
        version: "3",
        rows: { request in
            let input = try #require(try json(request)["inputs"]?.list?.first)
            let width = try #require(input["shape"]?.list?.last?.integer)
            let flat = try #require(input["data"]?.list).map { try #require($0.number) }
            return stride(from: 0, to: flat.count, by: Int(width)).map {
                Array(flat[$0..<($0 + Int(width))])
            }
        },
        reply: {
            FakeCloud.Reply(body: "{\"outputs\":[\(labels($0)),\(shares($0))],\(trimmings)}")
        },
        reordered: {
            FakeCloud.Reply(body: "{\(trimmings),\"outputs\":[\(shares($0)),\(labels($0))]}")
        },
        lacking: [
            "{}", #"{"outputs":[]}"#,
            #"{"outputs":[{"name":"label","datatype":"BYTES","shape":[1]}]}"#,
            #"{"outputs":[{"datatype":"BYTES","shape":[1],"data":["ok"]}]}"#,
        ],
        modelFailures: [(FakeCloud.Reply(status: 400, body: #"{"error":"bad shape"}"#), true)]
    )

    private static func labels(_ answers: [Spoken]) -> String {
        let names = answers.map { "\"\($0.label)\"" }.joined(separator: ",")
        return
            #"{"name":"label","datatype":"BYTES","shape":[\#(answers.count)],"data":[\#(names)]}"#
    }

    private static func shares(_ answers: [Spoken]) -> String {
        let rows = answers.map {
            $0.label == "ok" ? "[\($0.confidence),0.125]" : "[0.125,\($0.confidence)]"
        }
        return #"{"data":[\#(rows.joined(separator: ","))],"shape":[\#(answers.count),2],"#
            + #""datatype":"FP32","name":"probabilities"}"#
    }

    static let binary = Dialect(
        name: "open-inference, binary",
        speaks: { _ in .openInference(isBinary: true) },
        path: "/v2/models/wear/infer",
        rows: { request in
            let length = try #require(
                request.headers["inference-header-content-length"].flatMap { Int($0) }
            )
            let header = try ReplyJSON(parsing: Array(request.bytes[..<length]))
            let input = try #require(header["inputs"]?.list?.first)
            let width = Int(try #require(input["shape"]?.list?.last?.integer))
            let size = try #require(input["parameters"]?["binary_data_size"]?.integer)
            let tail = request.bytes[length...]
            try #require(tail.count == Int(size))
            let flat = stride(from: tail.startIndex, to: tail.endIndex, by: 4).map { start in
                let bits = tail[start..<(start + 4)].reversed().reduce(UInt32(0)) {
                    $0 << 8 | UInt32($1)
                }
                return Double(Float(bitPattern: bits))
            }
            return stride(from: 0, to: flat.count, by: width).map { Array(flat[$0..<($0 + width)]) }
        },
        reply: binaryReply,
        lacking: openInference.lacking,
        modelFailures: openInference.modelFailures
    )

    @Sendable private static func binaryReply(_ answers: [Spoken]) -> FakeCloud.Reply {
        var tail: [UInt8] = []
        for answer in answers {
            let name = Array(answer.label.utf8)
            withUnsafeBytes(of: UInt32(name.count).littleEndian) { tail += $0 }
            tail += name
        }
        let names = tail.count
        for answer in answers {
            let share = Float(answer.confidence) ?? .nan
            for value in answer.label == "ok" ? [share, 0.125] : [0.125, share] {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { tail += $0 }
            }
        }
        let header = """
            {"outputs":[{"name":"label","datatype":"BYTES","shape":[\(answers.count),1],\
            "parameters":{"binary_data_size":\(names)}},{"name":"probabilities","datatype":"FP32",\
            "shape":[\(answers.count),2],"parameters":{"binary_data_size":\(tail.count - names)}}]}
            """
        var reply = FakeCloud.Reply(
            headers: [("Inference-Header-Content-Length", String(header.utf8.count))],
            body: header
        )
        reply.bytes += tail
        return reply
    }

    static let kserve = Dialect(
        name: "kserve-v1",
        speaks: { _ in .kserve(InstancesOptions()) },
        path: "/v1/models/wear:predict",
        rows: { try numbers(try json($0)["instances"]) },
        reply: { FakeCloud.Reply(body: "{\"predictions\":[\(predictions($0))]}") },
        reordered: {
            FakeCloud.Reply(
                body: "{\(trimmings),\"predictions\":[\(predictions($0, turned: true))]}"
            )
        },
        lacking: ["{}", #"{"predictions":[]}"#, #"{"predictions":{"label":"ok"}}"#],
        modelFailures: [(FakeCloud.Reply(status: 400, body: #"{"error":"bad shape"}"#), true)],
        shows: "api-key"
    )

    static func predictions(_ answers: [Spoken], turned: Bool = false) -> String {
        answers.map {
            turned
                ? #"{"confidence":\#($0.confidence),"label":"\#($0.label)"}"#
                : #"{"label":"\#($0.label)","confidence":\#($0.confidence)}"#
        }.joined(separator: ",")
    }
}
