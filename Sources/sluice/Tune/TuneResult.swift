// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import FoundationEssentials
import Tune
import Vocabulary

/// A tuning with everything that is said about it.
struct TuneResult {
    let tuning: Tuning
    let material: TuneMaterial
    let subject: TuneSubject?
    let costs: TuneRequest.Costs?
    /// Today, `2026-11-21`.
    let date: String

    init(
        _ tuning: Tuning,
        material: TuneMaterial,
        subject: TuneSubject?,
        costs: TuneRequest.Costs?
    ) {
        self.tuning = tuning
        self.material = material
        self.subject = subject
        self.costs = costs
        date = Self.today
    }

    /// Today, `2026-11-21`.
    static var today: String {
        let seconds = Int64(Date().timeIntervalSince1970)
        return String(WallTime(nanoseconds: seconds * 1_000_000_000).rfc3339.prefix(10))
    }

    /// The score that decides about a row: the confidence, or with costs the alarm's probability.
    func score(of probabilities: [Double]) -> Double {
        guard tuning.low != nil, let costs else {
            return tuning.calibration.confidence(of: probabilities)
        }
        return AlarmProbability.of(probabilities, alarm: costs.alarm)
    }

    /// Whether a row with that score is escalated.
    func escalates(_ score: Double) -> Bool {
        guard let low = tuning.low, let high = tuning.high else { return score < tuning.threshold }
        return score > low && score < high
    }

    /// The calibration with where it comes from.
    func calibration(model: String?) -> Calibration {
        var calibration = tuning.calibration
        calibration.origin = Calibration.Origin(
            model: model,
            cloud: cloud,
            samplesDigest: material.digest,
            date: date,
            samples: tuning.parts.calibration
        )
        return calibration
    }

    /// The digest of the model that thresholds are keyed by.
    var modelKey: String? { subject?.policy.modelDigest ?? material.model?.digest }

    /// The cloud's model.
    var cloud: String? { material.cloud ?? subject?.policy.cloudModel }

    /// The members of the policy's `threshold:`, in order.
    var members: [(key: String, value: String)] {
        var members: [(String, String)] = [("value", tuning.threshold.description)]
        if let low = tuning.low, let high = tuning.high {
            members.append(("low", min(1, max(0, low)).description))
            members.append(("high", min(1, max(0, high)).description))
            members.append(("max_risk", tuning.bound.description))
        } else {
            members.append(("bound", Self.percent(tuning.bound)))
        }
        members.append(("certainty", Self.percent(tuning.certainty)))
        members.append(("samples", String(tuning.effectiveSamples)))
        members.append(("score", tuning.calibration.score.name))
        // Quoted: a digest of digits alone is a number to YAML.
        if let modelKey { members.append(("model", "\"\(modelKey)\"")) }
        if let cloud { members.append(("cloud", "\"\(cloud)\"")) }
        members.append(("trace_sha256", "\"\(material.digest)\""))
        members.append(("tuned", date))
        return members
    }

    /// The text for a policy that is not known.
    var snippet: String {
        "threshold:\n" + members.map { "  \($0.key): \($0.value)\n" }.joined()
    }

    /// The change to the policy, and the calibration beside the model; nil where neither is known.
    func change() -> TuneChange? {
        guard let subject else { return nil }
        return TuneChange(self, subject: subject)
    }

    private static func percent(_ share: Double) -> String {
        let hundredths = (share * 1e6).rounded(.up) / 1e4
        let isWhole = hundredths == hundredths.rounded()
        return (isWhole ? String(Int(hundredths)) : String(hundredths)) + "%"
    }
}
