// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

extension ModelLoader {
    /// Makes a session of the files and tries it; nil when it does not do, which is reported.
    func model(
        _ spec: OnnxSpec,
        _ fitted: FittedCalibration?,
        _ check: OnnxSpec.Check?,
        _ files: ModelFiles,
        _ runtime: OnnxRuntime,
        _ begun: Begun
    ) -> (ModelDescription, OnnxModel)? {
        let folder = begun.folder
        // Where it has no trial, its dimensions do not fit, which was reported.
        guard let trial = begun.trial, survives(trial, spec, folder) else { return nil }
        do throws(OnnxError) {
            let session = try files.session(
                runtime,
                settings: spec.session.over(session),
                dimensions: spec.dimensions
            )
            var spec = spec
            spec.calibration = fitted?.calibration
            guard
                let model = OnnxModel(
                    folder.reference,
                    spec: spec,
                    session: session,
                    file: files.about
                )
            else { return nil }
            if fitted != nil, model.answer.classification == nil {
                spec.fileNode.problem(
                    "the model gives no probabilities, which `\(Self.calibrationName)` beside it "
                        + "would calibrate",
                    hint: "remove `\(Self.calibrationName)`"
                )
                return nil
            }
            let trial = try ModelTrial(model)
            guard try trial.passes(check) else { return nil }
            if spec.check.isMissing, case .failed(let reason) = trial.firstOutcome {
                spec.fileNode.problem(
                    "tried on a row of ones, \(reason)",
                    hint: "say `confidence: { from: logits }` if it gives logits; "
                        + "a `check` tells what it should say",
                    severity: .warning
                )
            }
            var description = model.description(estimate: trial.estimate, digest: spec.digest)
            description.file = ModelNotes(files.about)
            description.calibration = fitted.map { .init($0.calibration, digest: $0.digest) }
            return (description, model)
        } catch {
            if error.code == .noProvider {
                (spec.session.providerNode ?? spec.fileNode).problem(error.message)
            } else {
                spec.fileNode.problem(
                    "ONNX Runtime refuses the model: \(error.message)",
                    hint: Self.hint(for: error)
                )
            }
            return nil
        }
    }

    /// What to do about a refusal whose cause is known.
    private static func hint(for error: OnnxError) -> String? {
        guard error.message.contains("ZipMap"), error.message.contains("tensor(double)") else {
            return nil
        }
        return "ZipMap takes 32-bit probabilities alone: export the model with `zipmap: False` "
            + "(in skl2onnx `options={id(model): {\"zipmap\": False}}`), or from 32-bit inputs"
    }

    /// Lets a child process run the model first.
    mutating func beginTrial(_ spec: OnnxSpec, _ files: ModelFiles) -> BegunTrial {
        guard let trialProgram else { return BegunTrial(.passed) }
        let session = spec.session.over(session)
        // What the dynamic linker finds is known by loading it.
        let library = runtimeLibrary ?? (try? loadedRuntime().get())?.file ?? ""
        let trial = TrialProcess(
            program: trialProgram,
            runtimeLibrary: runtimeLibrary,
            session: session,
            dimensions: spec.dimensions.map { ($0.name, $0.size) },
            model: files.bytes,
            external: files.external,
            key: TrialMemory.key(
                model: files.trialKey(session: session, dimensions: spec.dimensions),
                library: library
            )
        )
        return trial.begin()
    }

    /// Waits for a trial; false when it ended badly, which is reported.
    private func survives(
        _ trial: BegunTrial,
        _ spec: OnnxSpec,
        _ folder: ModelFolder
    ) -> Bool {
        switch trial.ending() {
        case .passed:
            return true
        case .failed(let ending):
            spec.fileNode.problem(
                "model `\(folder.reference)` \(ending)",
                hint: "the gateway might not survive it; export the model anew, or leave it out"
            )
            return false
        case .impossible(let why):
            spec.fileNode.problem(
                "model `\(folder.reference)` \(why)",
                hint: "a model that ends ONNX Runtime would end this process with it",
                severity: .warning
            )
            return true
        }
    }
}

extension OnnxSpec {
    /// True when the model has all dimensions whose sizes are given; reports those it has not.
    func fit(dimensionsOf file: OnnxFile) -> Bool {
        let unknown = dimensions.filter { !file.dimensionNames.contains($0.name) }
        for dimension in unknown {
            let names = file.dimensionNames.sorted()
            dimension.node.problemWithKey(
                "the model has no open dimension `\(dimension.name)`",
                hint: Suggestion.hint(for: dimension.name, among: names)
                    ?? (names.isEmpty
                        ? "its dimensions are all fixed" : "it has \(Self.listed(names))")
            )
        }
        return unknown.isEmpty
    }
}
