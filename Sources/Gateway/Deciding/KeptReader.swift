// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Decode
import FoundationEssentials
import Synchronization
import Vocabulary

/// What it takes to read kept messages of a policy again, and to try its actions on them.
///
/// Making one compiles the policy's fields and lays out its conditions, which costs several times what
/// reading a message does.
///
/// @unchecked: a pool lends each to one `Subject` at a time, which stays on one thread at a time.
final class KeptReader: @unchecked Sendable {
    let evaluator: PolicyEvaluator
    /// Nil where the fields cannot be compiled, which the policy's reading has found out before.
    private var decoder: Decoder?
    private let fieldCount: Int

    init(_ policy: Policy) {
        evaluator = PolicyEvaluator(policy)
        fieldCount = policy.reading.fields.count
        // The lane has refused what is longer than its input allows.
        decoder = try? Decoder(spec: policy.reading, limits: DecodeLimits(payloadBytes: 64 << 20))
    }

    /// The readings of a message; none when it cannot be read under the policy any more.
    func readings(of payload: Data, _ captures: (String) -> String?) -> ReadingBatch {
        var readings = ReadingBatch(fieldCount: fieldCount)
        payload.withUnsafeBytes { payload in
            _ = try? decoder?.decode(
                message: 0,
                payload: payload,
                captures: captures,
                into: &readings
            )
        }
        return readings
    }
}

/// The readers of one policy that nobody uses now; any thread.
final class ReaderPool: Sendable {
    /// More threads than that do not finish decisions at a time.
    private static let limit = 16
    private let idle = Mutex<[KeptReader]>([])

    /// One for the caller alone, until the loan is let go.
    func borrow(_ policy: Policy) -> Loan {
        let reader = idle.withLock { $0.popLast() }
        return Loan(reader ?? KeptReader(policy), self)
    }

    private func takeBack(_ reader: KeptReader) {
        idle.withLock { idle in
            if idle.count < Self.limit { idle.append(reader) }
        }
    }

    /// Gives its reader back when the last one who holds it lets go.
    final class Loan {
        let reader: KeptReader
        private let pool: ReaderPool

        fileprivate init(_ reader: KeptReader, _ pool: ReaderPool) {
            self.reader = reader
            self.pool = pool
        }

        deinit {
            pool.takeBack(reader)
        }
    }
}
