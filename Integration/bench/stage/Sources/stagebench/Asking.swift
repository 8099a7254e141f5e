// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Escalate
import Synchronization
import Vocabulary

/// Questions as the gateway asks them, as many at a time as keep the stage's queue from running dry.
final class Asking: Sendable {
    private let stage: Escalate
    private let samples: [Outbound]
    private let time: any TimeSource
    private let chunk: Int
    private let chunks: Int
    /// One for each chunk that may be unanswered: an answer costs a sum, and only one in a chunk a signal.
    private let room: DispatchSemaphore
    private let answered = Atomic(0)
    private let failures = Atomic(0)

    /// Asks `chunk` questions at a time, with `chunks` of them unanswered at most.
    init(stage: Escalate, samples: [Outbound], time: any TimeSource, chunk: Int, chunks: Int) {
        self.stage = stage
        self.samples = samples
        self.time = time
        self.chunk = chunk
        self.chunks = chunks
        room = DispatchSemaphore(value: 0)
        for _ in 0..<chunks { room.signal() }
    }

    /// Asks `count` questions, a multiple of a chunk, and waits for their answers; how many failed.
    func run(count: Int) -> Int {
        for start in stride(from: 0, to: count, by: chunk) {
            room.wait()
            ask(start..<(start + chunk))
        }
        for _ in 0..<chunks { room.wait() }
        return failures.load(ordering: .acquiring)
    }

    private func ask(_ numbers: Range<Int>) {
        let deadline = time.now + .seconds(60)
        let questions = numbers.map { number in
            Question(
                key: EffectKey(
                    decision: DecisionID(
                        high: 0x44AA_35EE_B874_067E,
                        low: UInt64(number) &* 0x9E37_79B9_7F4A_7C15
                    ),
                    revision: 0,
                    effect: EffectKey.Own.ask.rawValue
                ),
                endpoints: ["central"],
                outbound: samples[number % samples.count],
                deadline: deadline,
                isLive: true
            )
        }
        stage.ask(
            questions,
            answer: { [self] _, result in heard(result) },
            // It has been counted as failed before.
            late: { _, _ in }
        )
    }

    private func heard(_ result: Result<Verdict, EscalationFailure>) {
        if case .failure = result { failures.add(1, ordering: .acquiringAndReleasing) }
        let count = answered.add(1, ordering: .relaxed).newValue
        if count % chunk == 0 { room.signal() }
    }
}
