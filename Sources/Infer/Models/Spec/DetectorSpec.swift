// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

/// What the `model.yaml` of a built-in detector says.
struct DetectorSpec: Sendable {
    var feature: PlacedFeature
    var settings: RobustZ.Settings
    /// The score from which a number is the second label.
    var threshold: Double
    var maximumDevices: Int
    /// What the usual and the unusual are called.
    var labels: [String]
}

extension DetectorSpec {
    init?(_ root: SettingsNode, file: String) {
        let node = root.mapping("detector")
        _ = node.required("type", .choice(of: [("robust-z", true)]))
        let text = node.required("feature", .string)
        settings = RobustZ.Settings(
            halfLife: node.value("half_life", .number(in: 1...1e9), default: 200),
            warmUp: node.integer("warm_up", in: 2...1_000_000, default: 30),
            clip: node.value("clip", .number(in: 1...100), default: 3),
            leastScale: node.value("least_scale", .number(in: 0...1e300), default: 0)
        )
        threshold = node.value("threshold", .number(in: 0...1), default: 0.999_9)
        maximumDevices = node.integer("max_devices", in: 1...10_000_000, default: 10_000)
        labels = root.optional("labels", .list(of: .string)) ?? ["normal", "anomaly"]
        if labels.count != 2, let labels = root.node("labels") {
            labels.problem(
                "a detector has two labels, the usual and the unusual",
                hint: "leave `labels` out for `[normal, anomaly]`"
            )
        }
        root.reportRepeats(labels)
        guard text != nil, let node = node.node("feature"),
            let feature = PlacedFeature(node, file: file)
        else { return nil }
        self.feature = feature
    }
}
