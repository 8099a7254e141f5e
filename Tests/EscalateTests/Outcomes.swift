// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTP
import Logging
import Synchronization
import TestKit
import Vocabulary

@testable import Escalate

/// The machine's clocks.
struct RealTime: TimeSource {
    var now: MonotonicInstant { MonotonicInstant(nanoseconds: read(CLOCK_MONOTONIC)) }
    var wallTime: WallTime { WallTime(nanoseconds: read(CLOCK_REALTIME)) }

    private func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Collects what a stage delivers, and lets a test wait for it.
final class Outcomes: Sendable {
    struct Outcome: Sendable {
        var number: UInt64
        var isLate: Bool
        var result: Result<Verdict, EscalationFailure>
        var at: MonotonicInstant

        var word: String {
            let word =
                switch result {
                case .success(let verdict): verdict.label
                case .failure(let failure): failure.kind.rawValue
                }
            return "\(isLate ? "late" : "answer") \(number) \(word)"
        }
    }

    private let collected = Mutex<[Outcome]>([])

    var all: [Outcome] { collected.withLock { $0 } }
    var words: [String] { all.map(\.word) }

    func ask(_ escalate: Escalate, _ questions: [Question]) {
        escalate.ask(questions, answer: collector(isLate: false), late: collector(isLate: true))
    }

    /// The outcomes so far once there are `count`, or after 10 s.
    func wait(for count: Int) async -> [Outcome] {
        await until { self.all.count >= count }
        return all
    }

    private func collector(
        isLate: Bool
    ) -> @Sendable (Question, Result<Verdict, EscalationFailure>) -> Void {
        { question, result in
            let outcome = Outcome(
                number: question.decision.low,
                isLate: isLate,
                result: result,
                at: RealTime().now
            )
            self.collected.withLock { $0.append(outcome) }
        }
    }
}

/// Waits until something is so, 10 s at most.
func until(_ isSo: () -> Bool) async {
    for _ in 0..<10_000 where !isSo() {
        try? await Task.sleep(for: .milliseconds(1))
    }
}

/// A stage with one endpoint, `central`, at a fake cloud.
struct Stage {
    let cloud: FakeCloud
    let http: HTTPClient
    let escalate: Escalate
    let outcomes = Outcomes()
    let uplinks = Uplinks()

    /// The states the uplink went through.
    final class Uplinks: Sendable {
        private let states = Mutex<[Uplink]>([])
        var all: [Uplink] { states.withLock { $0 } }
        func append(_ state: Uplink) { states.withLock { $0.append(state) } }
    }

    init(
        _ respond: @escaping @Sendable (FakeCloud.Request) -> FakeCloud.Reply,
        adjust: (inout EndpointOptions) -> Void = { _ in }
    ) throws {
        cloud = try FakeCloud { request in
            // Probes are answered unless a test says otherwise.
            request.method == "GET" ? FakeCloud.Reply(body: "{}") : respond(request)
        }
        http = try HTTPClient()
        var options = EndpointOptions(
            name: "central",
            url: cloud.url,
            model: "wear",
            labels: ["ok", "fault"],
            breaker: BreakerOptions(minimumCalls: 1000, openTime: .milliseconds(50)),
            retry: RetryOptions(first: .milliseconds(5), cap: .milliseconds(20)),
            probe: ProbeOptions(
                interval: .milliseconds(40),
                intervalWhenDown: .milliseconds(20)
            )
        )
        options.breaker.window = 1000
        adjust(&options)
        escalate = Escalate(
            endpoints: [options],
            http: http,
            time: RealTime(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onUplinkChange: { [uplinks] state, _ in uplinks.append(state) }
        )
        escalate.start()
    }

    func stop() {
        escalate.stop()
        http.shutdown()
        cloud.stop()
    }

    func ask(_ questions: [Question]) {
        outcomes.ask(escalate, questions)
    }

    /// The requests that asked something.
    var asked: [FakeCloud.Request] { cloud.requests(to: "/infer") }
}

/// A cloud that says `fault` when the first value is positive.
let oracle = FakeCloud.inference(labels: ["ok", "fault"]) { $0[0] > 0 ? "fault" : "ok" }

func soon(_ milliseconds: Int64) -> MonotonicInstant {
    RealTime().now + .milliseconds(milliseconds)
}
