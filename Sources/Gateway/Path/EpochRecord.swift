// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import FoundationEssentials
import Spool

/// Where the epochs of devices' counters outlive the process: settings of the spool, one a stream.
enum EpochRecord {
    static func prefix(policy: String) -> String { "epoch.\(policy)." }

    /// The setting that keeps `epoch`.
    static func setting(_ epoch: SequenceEpoch, policy: String) -> SpoolChange.MetaValue {
        SpoolChange.MetaValue(
            key: prefix(policy: policy) + "\(epoch.device) \(epoch.topic)",
            value: (try? JSONEncoder().encode(epoch)).map { Array($0) }
        )
    }

    /// The epochs that earlier runs wrote for a policy.
    static func load(policy: String, from spool: SpoolStore) -> [SequenceEpoch] {
        let settings = (try? spool.meta(prefix: prefix(policy: policy))) ?? [:]
        return settings.values.compactMap { value in
            try? JSONDecoder().decode(SequenceEpoch.self, from: Data(value))
        }
    }
}
