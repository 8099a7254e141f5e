// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

/// The part of `model.yaml` that says what the inputs are made of.
extension OnnxSpec.Input {
    /// Reads the input that `node`, one of `inputs`, is about.
    init(_ node: SettingsNode, in inputs: SettingsNode?, file: String) {
        let items = inputs?.items(node.name)
        let features = items?.compactMap { PlacedFeature($0, file: file) } ?? []
        if let items, items.isEmpty { node.problem("`\(node.name)` has no features") }
        self.init(tensor: node.name, source: .features(FeatureSource(features)), node: node)
    }
}
