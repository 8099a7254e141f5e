// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension ModelLoader {
    /// A version that comes from whom models are taken from, and what was found of it so far.
    struct Trusted {
        /// Nil where it comes from nobody known.
        var begun: Begun?
        var state: SignatureState
        var manifest: ModelManifest?
        var found: [Diagnostic] = []
    }

    /// Reads and loads a version, if it comes from whom models are taken from.
    ///
    /// What was read is held against what was signed, so that a file which is changed between the two is
    /// found out.
    mutating func load(
        _ folder: ModelFolder,
        trust: ModelTrust
    ) -> (model: (ModelDescription, LoadedModel)?, diagnostics: [Diagnostic]) {
        finish(begin(folder, trust: trust))
    }

    /// The first half of `load`: does not wait for the model's trial.
    mutating func begin(_ folder: ModelFolder, trust: ModelTrust) -> Trusted {
        let (state, manifest) = trust.verify(folder.reference, folder: folder.path)
        var trusted = Trusted(state: state, manifest: manifest)
        switch state {
        case .trusted: break
        case .unsigned where !trust.isRequired: break
        case .foreign where !trust.isRequired && trust.keys.isEmpty: break
        case .unsigned, .foreign, .broken:
            trusted.found.append(
                Diagnostic(
                    trust.isRequired ? .error : .warning,
                    "the version is \(state.summary)",
                    hint: trust.isRequired
                        ? "only what a trusted key signed is loaded: `sluice models sign`" : nil,
                    file: folder.name
                )
            )
        }
        guard trusted.found.allSatisfy({ $0.severity != .error }) else { return trusted }
        trusted.begun = begin(folder, key: trust.sealing)
        return trusted
    }

    /// The second half.
    mutating func finish(
        _ trusted: Trusted
    ) -> (model: (ModelDescription, LoadedModel)?, diagnostics: [Diagnostic]) {
        guard let begun = trusted.begun else { return (nil, trusted.found) }
        var found = trusted.found
        var (model, problems) = finish(begun)
        found += problems
        if let manifest = trusted.manifest, let description = model?.0,
            !manifest.covers(description)
        {
            found.append(
                Diagnostic(
                    .error,
                    "the version changed while it was read",
                    hint: "copy it beside and rename it into place",
                    file: begun.folder.name
                )
            )
            return (nil, found)
        }
        model?.0.signature = trusted.state
        return (model, found)
    }
}

extension ModelManifest {
    /// True when the settings that were read are those that were signed.
    ///
    /// The model file needs no look: the settings pin its digest, and its bytes were held against that.
    fileprivate func covers(_ description: ModelDescription) -> Bool {
        func digest(_ name: String) -> String? { files.first { $0.name == name }?.digest }
        return digest("model.yaml") == description.settingsDigest
            && digest(ModelDescription.calibrationFile) == description.calibration?.digest
    }
}
