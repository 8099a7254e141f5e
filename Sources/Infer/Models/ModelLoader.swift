// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
import Settings
import Vocabulary

/// A calibration and the digest of the file it was read from.
struct FittedCalibration {
    var calibration: Calibration
    var digest: String
}

/// Loads one model after the other.
struct ModelLoader {
    /// How large a model file may be.
    static let sizeLimit = 512 << 20

    let repository: String
    let runtimeLibrary: String?
    /// How the runtime runs models that do not say otherwise.
    let session: SessionSettings
    /// The program that tries a model before this process does; nil to try it here.
    let trialProgram: TrialProgram?
    private var runtime: Result<OnnxRuntime, OnnxError>?
    private var saysRuntimeIsMissing = true

    init(
        repository: String,
        runtimeLibrary: String?,
        session: SessionSettings = SessionSettings(),
        trialProgram: TrialProgram? = nil
    ) {
        self.repository = repository
        self.runtimeLibrary = runtimeLibrary
        self.session = session
        self.trialProgram = trialProgram
    }

    /// A version whose settings and files are read, and whose trial is under way where it wants one.
    struct Begun {
        let folder: ModelFolder
        var file: SettingsFile?
        var spec: ModelSpec?
        var files: ModelFiles?
        var trial: BegunTrial?
        /// What was wrong before there was anything to read.
        var found: [Diagnostic] = []
    }

    /// Reads a version's `model.yaml`, and loads and tries what it describes.
    mutating func load(
        _ folder: ModelFolder,
        key: SealingKey? = nil
    ) -> (model: (ModelDescription, LoadedModel)?, diagnostics: [Diagnostic]) {
        finish(begin(folder, key: key))
    }

    /// The first half of `load`: reads, and begins the trial; does not wait for it.
    mutating func begin(_ folder: ModelFolder, key: SealingKey? = nil) -> Begun {
        let (read, diagnostics) = SettingsFile.read(
            path: folder.path + "/model.yaml",
            shownAs: folder.name + "/model.yaml"
        )
        var begun = Begun(folder: folder, file: read, found: read == nil ? diagnostics : [])
        guard let file = read else { return begun }
        begun.spec = ModelSpec.read(file)
        guard case .onnx(let spec) = begun.spec else { return begun }
        begun.files = ModelFiles(spec, in: folder, key)
        if let files = begun.files, spec.fit(dimensionsOf: files.about) {
            begun.trial = beginTrial(spec, files)
        }
        return begun
    }

    /// The second half: waits for the trial, and loads what survived it.
    mutating func finish(
        _ begun: Begun
    ) -> (model: (ModelDescription, LoadedModel)?, diagnostics: [Diagnostic]) {
        let folder = begun.folder
        guard let file = begun.file else { return (nil, begun.found) }
        switch begun.spec {
        case nil:
            return (nil, file.diagnostics)
        case .detector(let spec):
            // A detector is what its settings say.
            let own = SHA256.hexadecimal(of: file.bytes)
            let (fitted, found) = Self.calibration(
                digest: own,
                labels: spec.labels,
                threshold: spec.threshold,
                in: folder
            )
            let model = DetectorModel(
                folder.reference,
                spec: spec,
                calibration: fitted?.calibration
            )
            var description = model.description(digest: own)
            description.calibration = fitted.map { .init($0.calibration, digest: $0.digest) }
            description.settingsDigest = own
            return ((description, .detector(model)), file.diagnostics + found)
        case .onnx(let spec):
            guard let files = begun.files else { return (nil, file.diagnostics) }
            switch loadedRuntime() {
            case .failure(let error):
                // One clear error, however many models wait for the library.
                let missing = saysRuntimeIsMissing ? [missingLibrary(error, folder)] : []
                saysRuntimeIsMissing = false
                return (nil, file.diagnostics + missing)
            case .success(let runtime):
                let labels = spec.labels.isEmpty ? files.about.labels(count: nil) : spec.labels
                let (calibration, found) = Self.calibration(
                    digest: spec.digest,
                    labels: labels ?? [],
                    in: folder
                )
                let (check, others) = spec.check.resolved(in: folder)
                var model = model(spec, calibration, check, files, runtime, begun)
                model?.0.accuracy = spec.accuracy
                model?.0.evaluationFile = spec.evaluationFile
                model?.0.settingsDigest = SHA256.hexadecimal(of: file.bytes)
                return (model.map { ($0.0, .onnx($0.1)) }, file.diagnostics + found + others)
            }
        }
    }

    /// What the `model.yaml` of a version pins, and what is wrong with the files it names; loads nothing.
    static func pinnedDigest(
        of folder: ModelFolder,
        key: SealingKey?
    ) -> (digest: String?, problems: [Diagnostic]) {
        let (read, diagnostics) = SettingsFile.read(
            path: folder.path + "/model.yaml",
            shownAs: folder.name + "/model.yaml"
        )
        guard let file = read else { return (nil, diagnostics) }
        switch ModelSpec.read(file) {
        case nil: return (nil, file.diagnostics)
        case .onnx(let spec):
            _ = ModelFiles(spec, in: folder, key)
            return (spec.digest, file.diagnostics)
        case .detector: return (SHA256.hexadecimal(of: file.bytes), file.diagnostics)
        }
    }

    mutating func loadedRuntime() -> Result<OnnxRuntime, OnnxError> {
        if let runtime { return runtime }
        let result: Result<OnnxRuntime, OnnxError>
        do throws(OnnxError) {
            result = .success(try OnnxRuntime.shared(path: runtimeLibrary))
        } catch {
            result = .failure(error)
        }
        runtime = result
        return result
    }

    private func missingLibrary(_ error: OnnxError, _ folder: ModelFolder) -> Diagnostic {
        let place =
            runtimeLibrary == nil
            ? "put libonnxruntime.so where the dynamic linker looks, or name its path"
            : "the path must name libonnxruntime.so itself, version 1.11 or later"
        return Diagnostic(
            .error,
            "ONNX Runtime, which model `\(folder.reference)` needs, cannot be loaded: "
                + error.message,
            hint: place,
            file: repository
        )
    }

    static let calibrationName = ModelDescription.calibrationFile

    private static func calibrationPath(_ folder: ModelFolder) -> String {
        folder.path + "/" + calibrationName
    }

    private static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// What was fitted for the model, where something was.
    private static func calibration(
        digest own: String,
        labels: [String],
        threshold: Double? = nil,
        in folder: ModelFolder
    ) -> (FittedCalibration?, [Diagnostic]) {
        let path = calibrationPath(folder)
        guard isThere(path) else { return (nil, []) }
        let (read, diagnostics) = SettingsFile.read(
            path: path,
            shownAs: folder.name + "/" + calibrationName
        )
        guard let file = read else { return (nil, diagnostics) }
        let calibration = Calibration.read(
            file,
            model: folder.reference,
            digest: own,
            labels: labels,
            threshold: threshold
        )
        let fitted = calibration.map {
            FittedCalibration(calibration: $0, digest: SHA256.hexadecimal(of: file.bytes))
        }
        return (fitted, file.diagnostics)
    }
}
