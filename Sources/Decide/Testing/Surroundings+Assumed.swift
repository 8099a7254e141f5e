// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

extension Surroundings {
    /// Surroundings that have whatever the policy files name, for reading policies without a gateway.
    ///
    /// Thresholds are taken to be tuned for the models there are. Blocks while it reads; a file that
    /// cannot be read names nothing.
    public static func assumed(by paths: [String]) -> Surroundings {
        var assumed = Surroundings(models: [:], endpoints: [], inputs: [])
        for path in paths {
            guard let file = SettingsFile.read(path: path, shownAs: path).0 else { continue }
            assumed.assume(file.root)
        }
        return assumed
    }

    private mutating func assume(_ root: SettingsNode) {
        let threshold = root.node("threshold")
        let tuned =
            threshold?.isList == true ? root.items("threshold")?.first : threshold
        let digests = (tuned.flatMap { Self.text("model", of: $0) } ?? "").split(separator: "+")
        var names: [String] = []
        if let name = root.node("model")?.text { names.append(name) }
        if root.node("stages")?.isList == true {
            for stage in root.items("stages") ?? [] {
                if let name = stage.text ?? Self.text("model", of: stage) { names.append(name) }
            }
        }
        for (index, name) in names.enumerated() {
            models[name] = .unknown
            guard digests.count == names.count else { continue }
            models[name]?.digest = String(digests[index])
        }
        let asked = root.node("escalate")
        let endpoints = asked?.isList == true ? root.items("escalate") ?? [] : []
        for name in endpoints.compactMap(\.text) + [asked?.text].compactMap({ $0 }) {
            self.endpoints.insert(name)
            guard let policy = root.node("policy")?.text,
                let cloud = tuned.flatMap({ Self.text("cloud", of: $0) })
            else { continue }
            cloudModels[name, default: [:]][policy] = cloud
        }
        guard root.node("sinks")?.isList == true else { return }
        for sink in root.items("sinks") ?? [] {
            guard let name = sink.text ?? Self.text("sink", of: sink) else { continue }
            sinks[name] = SinkShape()
        }
    }

    private static func text(_ key: String, of node: SettingsNode) -> String? {
        node.isMapping ? node.node(key)?.text : nil
    }
}
