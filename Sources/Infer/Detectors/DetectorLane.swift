// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// A built-in detector ready to run.
///
/// Immutable; its state per device belongs to each lane.
final class DetectorModel: Sendable {
    let reference: ModelReference
    let spec: DetectorSpec
    let plan: RobustZ.Plan

    init(_ reference: ModelReference, spec: DetectorSpec) {
        self.reference = reference
        self.spec = spec
        plan = RobustZ.Plan(spec.settings)
    }
}

/// One lane's state of one detector as one policy uses it.
final class DetectorLane {
    private let model: DetectorModel
    private var devices: DeviceTable<RobustZ>

    init(_ model: DetectorModel) {
        self.model = model
        devices = DeviceTable(capacity: model.spec.maximumDevices)
    }

    /// How many devices were forgotten to make room for others.
    var evictions: Int { devices.evictions }

    /// What the detector says of `number`, which is finite, from `device`.
    func outcome(_ number: Double, device: String) -> Finding.Outcome {
        let score = devices.withState(of: device, orNew: RobustZ()) { state in
            state.score(number, model.plan)
        }
        let spec = model.spec
        let label = spec.labels[score >= spec.threshold && score > 0 ? 1 : 0]
        return .classification(Finding.Classification(label: label, score: score, confidence: nil))
    }
}
