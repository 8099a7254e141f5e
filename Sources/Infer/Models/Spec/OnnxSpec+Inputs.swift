// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

/// The part of `model.yaml` that says what the inputs are made of.
extension OnnxSpec.Input {
    /// Reads the input that `node`, one of `inputs`, is about.
    init(
        _ node: SettingsNode,
        in inputs: SettingsNode?,
        file: String,
        over gathering: Gathering
    ) {
        if node.isMapping, let image = node.optionalMapping("image") {
            for key in ["features", "mean", "std"] where node.node(key) != nil {
                node.node(key)?.problemWithKey("`\(key)` does not belong beside `image`")
            }
            self.init(tensor: node.name, source: .image(FrameSource(image, file: file)), node: node)
            return
        }
        let items = node.isMapping ? node.items("features") : inputs?.items(node.name)
        if node.isMapping, !node.has("features") {
            node.reportMissing("features", "`features` or `image` is missing in `\(node.name)`")
        }
        let features =
            items?.compactMap { PlacedFeature($0, file: file, over: gathering) } ?? []
        if let items, items.isEmpty { node.problem("`\(node.name)` has no features") }
        var source = FeatureSource(features)
        if node.isMapping { source.scaling = FeatureScaling(node) }
        self.init(tensor: node.name, source: .features(source), node: node)
    }
}

extension FeatureScaling {
    /// The constants beside the features.
    fileprivate init(_ node: SettingsNode) {
        means = node.optional("mean", .list(of: .number())) ?? []
        deviations = node.optional("std", .list(of: .number(in: 0...1e300))) ?? []
        if deviations.contains(0) {
            node.node("std")?.problem("a standard deviation is more than 0")
        }
    }

    /// True when there are constants for `width` numbers, or none; reports it otherwise.
    func fits(_ width: Int, at node: SettingsNode) -> Bool {
        var isFit = true
        for (name, constants) in [("mean", means), ("std", deviations)]
        where !constants.isEmpty && constants.count != width {
            (node.node(name) ?? node).problem(
                "`\(name)` has \(constants.count) numbers; the features make \(width)"
            )
            isFit = false
        }
        return isFit
    }
}

extension OnnxSpec {
    /// Gives all inputs the window and the rate, which are the model's.
    mutating func gather(_ gathering: Gathering) {
        for index in inputs.indices {
            guard case .features(var source) = inputs[index].source else {
                if gathering.window != nil {
                    inputs[index].node.problem(
                        "a window gathers numbers; this input takes none",
                        hint: "leave `window` out"
                    )
                }
                continue
            }
            source.window = gathering.window
            source.rate = gathering.rate
            inputs[index].source = .features(source)
        }
    }
}
