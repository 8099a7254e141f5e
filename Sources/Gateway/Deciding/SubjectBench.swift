// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Decode
import Synchronization
import Vocabulary

/// A decoder and an evaluator of one policy, for whoever finishes one of its decisions; used by one
/// thread at a time.
final class SubjectBench {
    private var decoder: Decoder?
    private(set) lazy var evaluator = PolicyEvaluator(policy)
    private let policy: Policy

    init(_ policy: Policy) {
        self.policy = policy
        // The lane has refused what is longer than its input allows.
        decoder = try? Decoder(
            spec: policy.reading,
            limits: DecodeLimits(payloadBytes: 64 << 20)
        )
    }

    /// The readings of a message; none when it cannot be read under the policy any more.
    func readings(of payload: UnsafeRawBufferPointer, captures: [String]) -> ReadingBatch {
        var readings = ReadingBatch(fieldCount: policy.reading.fields.count)
        let names = policy.match.names
        _ = try? decoder?.decode(
            message: 0,
            payload: payload,
            captures: { name in
                names.firstIndex(of: name).flatMap { $0 < captures.count ? captures[$0] : nil }
            },
            into: &readings
        )
        return readings
    }
}

/// The benches of one policy: to make one costs more than to finish a decision at it.
final class SubjectBenches: Sendable {
    /// How many wait for their next use.
    private static let most = 4

    /// A bench that nobody is at.
    private struct Free: @unchecked Sendable {
        // It is in the list or in one thread's hands, never in both.
        var bench: SubjectBench
    }

    private let free = Mutex<[Free]>([])

    /// Works at a bench of `policy`, which is always the same one.
    func use<Result>(_ policy: Policy, _ work: (SubjectBench) -> Result) -> Result {
        let bench = free.withLock { $0.popLast() }?.bench ?? SubjectBench(policy)
        defer {
            let done = Free(bench: bench)
            free.withLock { if $0.count < Self.most { $0.append(done) } }
        }
        return work(bench)
    }
}
