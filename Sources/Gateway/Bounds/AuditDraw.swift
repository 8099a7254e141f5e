// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

/// What the lot says of a reading that was answered here: whether it is audited, and how long it stays
/// so when audits are thinned.
///
/// The lot is a keyed hash of the decision's id, so that it is the same however often the reading is
/// decided, after a crash too, and that nobody without the site's key can tell who is audited.
struct AuditDraw: Codable, Equatable, Sendable {
    /// The policy's rate.
    var rate: Double
    /// How far audits were thinned when it was drawn: see `SpoolStore.thinning`.
    var thinning: Int
    /// The class of the draw: kept while audits are thinned no further than this.
    var drawClass: Int

    /// A draw; nil when the reading is not audited.
    ///
    /// `lot` is even in 0..<1.
    init?(lot: Double, rate: Double, thinning: Int) {
        guard lot < rate else { return nil }
        // Given that it is drawn, lot / rate is even in 0..<1.
        let share = Swift.max(lot / rate, 0x1p-62)
        drawClass = Swift.max(0, Swift.min(Int((-log2(share)).rounded(.up)) - 1, 62))
        guard drawClass >= thinning else { return nil }
        self.rate = rate
        self.thinning = thinning
    }

    /// With which probability the reading is asked about, for what is known of the thinning by now.
    func propensity(thinning now: Int = 0) -> Double {
        rate * exp2(-Double(Swift.max(thinning, now)))
    }
}

extension SiteKey {
    /// The lot of a decision, even in 0..<1: 53 bits of a keyed hash.
    func lot(of id: DecisionID) -> Double {
        // No decision has an index below zero, so that this is never a decision's id.
        let bytes = withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { Array($0) }
        let hash = decisionID(identity: bytes, index: .max, policy: "audit")
        return Double(hash.high >> 11) * 0x1p-53
    }
}
