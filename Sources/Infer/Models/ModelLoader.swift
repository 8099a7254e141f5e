// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
import Settings
import Vocabulary

/// A calibration and the digest of the file it was read from.
private struct FittedCalibration {
    var calibration: Calibration
    var digest: String
}

/// Loads one model after the other.
struct ModelLoader {
    /// How large a model file may be.
    static let sizeLimit = 512 << 20

    let repository: String
    let runtimeLibrary: String?
    private var runtime: Result<OnnxRuntime, OnnxError>?

    init(repository: String, runtimeLibrary: String?) {
        self.repository = repository
        self.runtimeLibrary = runtimeLibrary
    }

    /// Reads a version's `model.yaml`, and loads and tries what it describes.
    mutating func load(
        _ folder: ModelFolder
    ) -> (model: (ModelDescription, LoadedModel)?, diagnostics: [Diagnostic]) {
        let (read, diagnostics) = SettingsFile.read(
            path: folder.path + "/model.yaml",
            shownAs: folder.name + "/model.yaml"
        )
        guard let file = read else { return (nil, diagnostics) }
        switch ModelSpec.read(file) {
        case nil:
            return (nil, file.diagnostics)
        case .detector(let spec):
            let model = DetectorModel(folder.reference, spec: spec)
            var found = file.diagnostics
            if Self.isThere(Self.calibrationPath(folder)) {
                found.append(
                    Diagnostic(
                        .error,
                        "a detector gives no probabilities that could be calibrated",
                        hint: "remove the file",
                        file: folder.name + "/" + Self.calibrationName
                    )
                )
            }
            // A detector is what its settings say.
            let description = model.description(digest: Self.digest(file.bytes))
            return ((description, .detector(model)), found)
        case .onnx(let spec):
            guard let bytes = Self.verifiedBytes(spec, in: folder) else {
                return (nil, file.diagnostics)
            }
            let isFirst = runtime == nil
            switch loadedRuntime() {
            case .failure(let error):
                // One clear error, however many models wait for the library.
                let missing = isFirst ? [missingLibrary(error, folder)] : []
                return (nil, file.diagnostics + missing)
            case .success(let runtime):
                let (calibration, found) = Self.calibration(spec, in: folder)
                let model = Self.model(spec, calibration, bytes: bytes, runtime, folder)
                return (model.map { ($0.0, .onnx($0.1)) }, file.diagnostics + found)
            }
        }
    }

    private mutating func loadedRuntime() -> Result<OnnxRuntime, OnnxError> {
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

    /// The model file's bytes when their digest is the pinned one: what is checked is what is
    /// loaded.
    private static func verifiedBytes(_ spec: OnnxSpec, in folder: ModelFolder) -> [UInt8]? {
        let bytes: [UInt8]
        do throws(BoundedFile.Failure) {
            bytes = try BoundedFile.read(
                path: folder.path + "/" + spec.fileName,
                limit: sizeLimit
            )
        } catch {
            let message = "the model file `\(spec.fileName)`: \(error.message)"
            spec.fileNode.problem(message, hint: error.hint)
            return nil
        }
        let digest = digest(bytes)
        guard digest == spec.digest else {
            spec.fileNode.problem(
                "`\(spec.fileName)` has the SHA-256 \(digest), not the pinned \(spec.digest)",
                hint: "restore the file, or pin the new digest if the change is meant"
            )
            return nil
        }
        return bytes
    }

    private static let calibrationName = ModelDescription.calibrationFile

    private static func calibrationPath(_ folder: ModelFolder) -> String {
        folder.path + "/" + calibrationName
    }

    private static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private static func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in
            let text = String(byte, radix: 16)
            return byte < 16 ? "0" + text : text
        }.joined()
    }

    /// What was fitted for the model, where something was.
    private static func calibration(
        _ spec: OnnxSpec,
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
            digest: spec.digest,
            labels: spec.labels
        )
        let fitted = calibration.map {
            FittedCalibration(calibration: $0, digest: digest(file.bytes))
        }
        return (fitted, file.diagnostics)
    }

    private static func model(
        _ spec: OnnxSpec,
        _ fitted: FittedCalibration?,
        bytes: [UInt8],
        _ runtime: OnnxRuntime,
        _ folder: ModelFolder
    ) -> (ModelDescription, OnnxModel)? {
        do throws(OnnxError) {
            let session = try session(runtime, bytes)
            var spec = spec
            spec.calibration = fitted?.calibration
            guard let model = OnnxModel(folder.reference, spec: spec, session: session) else {
                return nil
            }
            if fitted != nil {
                guard case .classification = model.answer else {
                    spec.fileNode.problem(
                        "the model gives no probabilities, which `\(calibrationName)` beside it "
                            + "would calibrate",
                        hint: "remove `\(calibrationName)`"
                    )
                    return nil
                }
            }
            let trial = try ModelTrial(model)
            guard try trial.passes(spec.check) else { return nil }
            if spec.check == nil, case .failed(let reason) = trial.firstOutcome {
                spec.fileNode.problem(
                    "tried on a row of ones, \(reason)",
                    hint: "say `confidence: { from: logits }` if it gives logits; "
                        + "a `check` tells what it should say",
                    severity: .warning
                )
            }
            var description = model.description(estimate: trial.estimate, digest: spec.digest)
            description.calibration = fitted.map { .init($0.calibration, digest: $0.digest) }
            return (description, model)
        } catch {
            spec.fileNode.problem("ONNX Runtime refuses the model: \(error.message)")
            return nil
        }
    }

    private static func session(
        _ runtime: OnnxRuntime,
        _ bytes: [UInt8]
    ) throws(OnnxError) -> OnnxSession {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(OnnxError) in try OnnxSession(runtime: runtime, bytes: bytes) }
        }
        return try result.get()
    }
}
