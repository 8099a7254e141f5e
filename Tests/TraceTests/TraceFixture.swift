// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

@testable import Trace

/// A folder of a test's own, removed with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/sluice-trace-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failed() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for number in 0..<20 {
            unlink(number == 0 ? file("trace.jsonl") : file("trace.jsonl.\(number)"))
        }
        rmdir(path)
    }

    struct Failed: Error {}

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ text: String, to name: String = "trace.jsonl") -> String {
        let descriptor = open(file(name), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                guard count > 0 else { break }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
        close(descriptor)
        return file(name)
    }

    func text(_ name: String = "trace.jsonl") -> String {
        let descriptor = open(file(name), O_RDONLY)
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(descriptor, &bytes, bytes.count)
        close(descriptor)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}

enum TraceFixture {
    static let header = TraceHeader(
        site: "demo",
        started: WallTime(nanoseconds: 1_700_000_000_000_000_000),
        scope: .local,
        program: "0.1.0"
    )

    static let headerText =
        #"{"trace":1,"site":"demo","started":"2023-11-14T22:13:20Z","#
        + #""scope":"local","sluice":"0.1.0"}"#

    static func decision(_ number: UInt64 = 1) -> TraceDecision {
        var decision = TraceDecision(
            id: DecisionID(high: 7, low: number),
            policy: "bearing-wear",
            version: "ab12cd34ef56",
            topic: "plant/4/machines/17/vibration",
            device: "4/17",
            time: WallTime(nanoseconds: 1_700_000_000_123_456_789),
            arrived: WallTime(nanoseconds: 1_700_000_000_130_000_000),
            fields: [
                .init(name: "vib", value: .samples([0.1, -2.5e-9, 3])),
                .init(name: "temp", value: .number(61.2)),
                .init(name: "serial", value: .text("A\"7\\\n\u{1}é")),
                .init(name: "open", value: .flag(true)),
                .init(name: "part", value: .absent),
            ],
            finding: TraceFinding(
                finding: Finding(
                    model: ModelReference(name: "bearing-wear", version: "1"),
                    outcome: .classification(
                        .init(
                            label: "worn",
                            score: 0.71,
                            confidence: 0.66,
                            margin: 0.5,
                            probabilities: [0.1, 0.71, 0.19]
                        )
                    ),
                    latency: .microseconds(417),
                    stage: 2
                ),
                digest: "5c0e12ab34cd",
                labels: ["healthy", "worn", "fault"]
            ),
            rule: "hard case",
            route: .escalate
        )
        decision.sequence = 12
        decision.isRetained = true
        decision.isWhole = true
        decision.earlier = [
            TraceFinding(
                finding: Finding(
                    model: ModelReference(name: "tiny", version: "3"),
                    outcome: .failed(reason: "no window yet"),
                    latency: .zero
                ),
                digest: nil
            )
        ]
        decision.cloud = CloudFacts(
            isUp: true,
            p50: .milliseconds(40),
            p95: Interval(nanoseconds: 84_123_457),
            samples: 100,
            inFlight: 2,
            breaker: .closed,
            budgetLeft: 0.75
        )
        decision.deadline = .init(total: .milliseconds(250), left: .milliseconds(203))
        decision.queue = QueueFacts(depth: 3, bytes: 4_096, fill: 0.25, oldest: .seconds(9))
        decision.bound = BoundFacts(
            estimate: 0.0125,
            lower: 0,
            upper: 0.025,
            samples: 800,
            isBroken: false
        )
        decision.fallback = .actProvisionally
        decision.isProvisional = true
        decision.priority = .high
        decision.actions = ["bearing alert"]
        decision.audit = 1
        decision.latency = .microseconds(1_250)
        return decision
    }

    static func verdict(_ number: UInt64 = 1) -> TraceVerdict {
        TraceVerdict(
            id: DecisionID(high: 7, low: number),
            label: "fault",
            confidence: 0.98,
            probabilities: [0.01, 0.01, 0.98],
            endpoint: "central",
            model: ModelReference(name: "bearing-wear-large", version: "2"),
            latency: .milliseconds(61),
            source: .audit,
            isLate: true,
            time: WallTime(nanoseconds: 1_700_000_000_200_000_000)
        )
    }

    static func text(_ line: TraceLine) -> String {
        var bytes: [UInt8] = []
        line.write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Every line of the traces at `paths`.
    static func read(_ paths: [String]) throws -> (lines: [TraceLine], tally: TraceReader.Tally) {
        let reader = try TraceReader(paths: paths)
        var lines: [TraceLine] = []
        while let line = try reader.next() { lines.append(line) }
        return (lines, reader.tally)
    }
}
