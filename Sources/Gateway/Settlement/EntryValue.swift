// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What keeping a row is worth to a spool that is full and drops the lowest value.
///
/// Pure. Priority counts before it. An action or a reading that is not decided at all is worth 1. A
/// question is worth the more the less sure the local answer was:
///
///     surer than the threshold c >= t      0.5 * (1 - c) / (1 - t)        0 … 0.5
///     less sure                c <  t      0.5 + 0.5 * (t - c) / t      0.5 … 1
///     no confidence, or no threshold       1 - c, or 0.5
enum EntryValue {
    /// An action, or an undecided reading.
    static let whole = 1.0

    static func question(confidence: Double?, threshold: Double?) -> Double {
        guard let confidence, confidence.isFinite else { return 0.5 }
        let sure = min(max(confidence, 0), 1)
        guard let threshold, threshold > 0, threshold <= 1 else { return 1 - sure }
        if sure < threshold { return 0.5 + 0.5 * (threshold - sure) / threshold }
        return threshold < 1 ? 0.5 * (1 - sure) / (1 - threshold) : 0
    }
}
