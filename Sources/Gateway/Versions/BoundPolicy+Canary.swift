// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Vocabulary

extension BoundPolicy {
    /// The digests of the models that speak for `device`, as thresholds are keyed by them; nil where
    /// they are the policy's own.
    func canaryDigest(for device: String, lot: CanaryLot) -> String? {
        guard models.contains(where: { $0.canary != nil }) else { return nil }
        let speaking = models.map { $0.speaking(for: device, lot: lot) }
        guard zip(models, speaking).contains(where: { $0.reference != $1.reference }) else {
            return nil
        }
        return speaking.map { $0.digest ?? "unknown" }.joined(separator: "+")
    }
}

extension Situation {
    /// The situation of a reading that a canary speaks for, by its `digest`.
    ///
    /// What is known of the bound is known of the version that speaks for the others.
    mutating func speaks(canary digest: String?) {
        guard let digest else { return }
        modelDigest = digest
        let cloud = bound.cloud
        bound = .unknown
        bound.cloud = cloud
    }
}
