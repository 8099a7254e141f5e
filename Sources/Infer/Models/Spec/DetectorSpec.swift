// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Detect
import Settings
import Vocabulary

/// What the `model.yaml` of a built-in detector says.
struct DetectorSpec: Sendable {
    /// The numbers it watches; none for every number of the policy's readings.
    var features: [PlacedFeature]
    var settings: DetectorSettings
    /// The score from which a reading is the second label.
    var threshold: Double
    var maximumDevices: Int
    /// How many bytes the devices may take on each lane.
    var maximumMemory: Int
    /// What the usual and the unusual are called.
    var labels: [String]
    /// How each device's readings are gathered; nil to look at one reading at a time.
    var window: WindowSpec?
    /// How many numbers of a series there are in a second.
    var rate: Double?
    /// Where it says what it is.
    var place: InputPlace

    /// What two detectors must have in common to go on with the same state.
    func digest(inputs: String) -> String {
        SHA256.hash(data: Array("2 \(settings) \(inputs)".utf8)).hexadecimal
    }
}

extension DetectorSpec {
    /// Reads the `model.yaml` of `kind: detector`.
    init?(_ root: SettingsNode, file: String) {
        let node = root.mapping("detector")
        let name = node.required("type", .choice(DetectorSettings.Name.self))
        self.init(name, node, root, file: file)
    }

    /// Reads the `model.yaml` of `kind: ensemble`.
    static func ensemble(_ root: SettingsNode, file: String) -> DetectorSpec? {
        DetectorSpec(.ensemble, root, root, file: file)
    }

    /// Reads what both kinds have, from `node`.
    private init?(
        _ name: DetectorSettings.Name?,
        _ node: SettingsNode,
        _ root: SettingsNode,
        file: String
    ) {
        let nodes = Self.featureNodes(node, isRequired: name != .ensemble)
        settings = DetectorSettings(name ?? .robustZ, node)
        threshold = node.value(
            "threshold",
            .number(in: 0...1),
            default: DetectorSettings.usualThreshold(of: name ?? .ensemble)
        )
        maximumDevices = node.integer("max_devices", in: 1...10_000_000, default: 10_000)
        maximumMemory = node.size("max_memory", in: 1 << 16...1 << 40, default: 256 << 20)
        labels = root.optional("labels", .list(of: .string)) ?? ["normal", "anomaly"]
        if labels.count != 2, let labels = root.node("labels") {
            labels.problem(
                "a detector has two labels, the usual and the unusual",
                hint: "leave `labels` out for `[normal, anomaly]`"
            )
        }
        root.reportRepeats(labels)
        let kind = root.node("kind")?.place
        place = InputPlace(file: file, line: kind?.line ?? 1, column: kind?.column ?? 1)
        guard name != nil, let nodes else { return nil }
        let gathering = Gathering(root)
        (window, rate) = (gathering.window, gathering.rate)
        features = nodes.compactMap { PlacedFeature($0, file: file, over: gathering) }
        if features.isEmpty, let window = root.node("window") {
            window.problemWithKey(
                "a window is made of features, and none are named",
                hint: "say which, for example `features: [mean(temp)]`"
            )
        }
        guard features.count == nodes.count else { return nil }
    }

    /// The features as `feature: f` or `features: [f, g]` has them; nil when it is neither, which is
    /// reported.
    private static func featureNodes(
        _ node: SettingsNode,
        isRequired: Bool
    ) -> [SettingsNode]? {
        if let list = node.node("features") {
            guard let items = node.items("features") else { return nil }
            guard node.node("feature") == nil else {
                list.problem("there is `feature`, too", hint: "name all of them in `features`")
                return nil
            }
            guard (1...64).contains(items.count) else {
                list.problem("a detector watches 1 to 64 features; found \(items.count)")
                return nil
            }
            return items
        }
        if let one = node.node("feature") { return [one] }
        guard isRequired else { return [] }
        _ = node.required("feature", .string)
        return nil
    }
}

/// A place in a `model.yaml` that a diagnostic points at.
struct InputPlace: Sendable {
    var file: String
    var line: Int
    var column: Int
}
