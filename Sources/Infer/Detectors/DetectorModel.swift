// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Detect
import Vocabulary

/// A built-in detector ready to run.
///
/// Immutable; its state per device belongs to each lane.
final class DetectorModel: Sendable {
    let reference: ModelReference
    let spec: DetectorSpec
    /// What makes a score a confidence; nil where nothing was fitted on labels.
    let calibration: Calibration?

    init(_ reference: ModelReference, spec: DetectorSpec, calibration: Calibration? = nil) {
        self.reference = reference
        self.spec = spec
        self.calibration = calibration
    }

    /// What the rows of numbers it is given are made of.
    var source: InputSource {
        guard !spec.features.isEmpty else { return .everyNumber(spec.place) }
        var source = FeatureSource(spec.features)
        source.window = spec.window
        source.rate = spec.rate
        return .features(source)
    }

    /// What a score comes to.
    func outcome(_ score: Double) -> Finding.Outcome {
        let isUnusual = score >= spec.threshold && score > 0
        return .classification(
            Finding.Classification(
                label: spec.labels[isUnusual ? 1 : 0],
                score: score,
                confidence: calibration?.confidence(ofScore: score, isUnusual: isUnusual)
            )
        )
    }
}
