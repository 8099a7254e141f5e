// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Policy {
    /// The threshold for a local model with this digest and a cloud's model `name/version`.
    ///
    /// The one with the most of its provenance pinned, the first of equals; nil when none applies.
    public func threshold(for modelDigest: String?, cloud: String?) -> Threshold? {
        thresholds.filter { $0.applies(to: modelDigest, cloud: cloud) }
            .reduce(nil) { best, next in
                guard let best, best.precision >= next.precision else { return next }
                return best
            }
    }

    /// The threshold in force for the models the policy was read for.
    public var threshold: Threshold? { threshold(for: modelDigest, cloud: cloudModel) }

    /// The thresholds conditions see while the cloud answers as `cloud`; nil before its first answer.
    ///
    /// `model` is the digest of the model that spoke where it is not the policy's own.
    func limits(model: String? = nil, cloud: String?) -> ThresholdLimits {
        if let threshold = threshold(for: model ?? modelDigest, cloud: cloud ?? cloudModel) {
            return ThresholdLimits(
                value: threshold.value,
                low: threshold.low ?? costs?.low,
                high: threshold.high ?? costs?.high
            )
        }
        // Nothing is known of these models, so nothing they say is sure.
        guard thresholds.isEmpty else { return .nothingIsSure }
        return ThresholdLimits(value: nil, low: costs?.low, high: costs?.high)
    }
}

/// The numbers behind `threshold`, `threshold.low` and `threshold.high`; nil for none.
struct ThresholdLimits {
    var value: Double?
    var low: Double?
    var high: Double?

    static let nothingIsSure = ThresholdLimits(
        value: .infinity,
        low: -.infinity,
        high: .infinity
    )
}
