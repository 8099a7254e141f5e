// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Settings

/// A model's files as they were read: what is checked is what is loaded.
struct ModelFiles {
    /// The model itself.
    let bytes: [UInt8]
    /// What it says of itself.
    let about: OnnxFile
    /// Weights that lie in files of their own.
    let external: [(name: String, bytes: [UInt8])]
    private let digests: [String]

    /// Reads the files of `folder` that `spec` names; nil when one is missing, too large or not the pinned
    /// one, or when the model wants another, which is reported.
    init?(_ spec: OnnxSpec, in folder: ModelFolder, _ key: SealingKey? = nil) {
        guard
            let bytes = Self.read(spec.fileName, spec.digest, at: spec.fileNode, in: folder, key)
        else { return nil }
        self.bytes = bytes
        about = OnnxFile(bytes)
        digests = [spec.digest] + spec.externalFiles.map(\.digest)
        guard Self.names(spec, fit: about) else { return nil }
        var external: [(name: String, bytes: [UInt8])] = []
        for file in spec.externalFiles {
            guard let bytes = Self.read(file.name, file.digest, at: file.node, in: folder, key)
            else { return nil }
            external.append((file.name, bytes))
        }
        self.external = external
    }

    /// True when `spec` pins the very files the model's weights lie in, all of them in its folder.
    private static func names(_ spec: OnnxSpec, fit about: OnnxFile) -> Bool {
        var isFit = true
        for name in about.externalFiles.sorted() where !isPlain(name) {
            spec.fileNode.problem(
                "the model's weights lie in `\(name.prefix(80))`, which is outside its folder",
                hint: "export the model anew, its weights in one file or beside it"
            )
            isFit = false
        }
        let pinned = Set(spec.externalFiles.map(\.name))
        for file in spec.externalFiles where !about.externalFiles.contains(file.name) {
            file.node.problemWithKey("the model's weights do not lie in `\(file.name)`")
            isFit = false
        }
        let missing = about.externalFiles.subtracting(pinned).filter { isPlain($0) }.sorted()
        if let first = missing.first {
            spec.fileNode.problem(
                "the model's weights lie in \(OnnxSpec.listed(missing)), whose digest is not pinned",
                hint: "`file: { …, external: { \(first): SHA256 } }`"
            )
            isFit = false
        }
        return isFit
    }

    /// True for the name of a file in the model's own folder.
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && !name.contains("/") && !name.contains("\\")
            && !name.utf8.contains(0) && name.utf8.count <= 255
    }

    /// The bytes of a file when their digest is the pinned one, encrypted at rest or not.
    private static func read(
        _ name: String,
        _ pinned: String,
        at node: SettingsNode,
        in folder: ModelFolder,
        _ key: SealingKey?
    ) -> [UInt8]? {
        guard isPlain(name) else {
            node.problem("`\(name)` is no file in the model's folder")
            return nil
        }
        var bytes: [UInt8]
        do throws(BoundedFile.Failure) {
            bytes = try BoundedFile.read(
                path: folder.path + "/" + name,
                limit: ModelLoader.sizeLimit
            )
        } catch {
            node.problem("the model file `\(name)`: \(error.message)", hint: error.hint)
            return nil
        }
        if SealedModel.isSealed(bytes) {
            do throws(SealedModel.Refusal) {
                bytes = try SealedModel.open(bytes, with: key)
            } catch {
                node.problem("the model file `\(name)`: \(error.message)")
                return nil
            }
        }
        let digest = SHA256.hexadecimal(of: bytes)
        guard digest == pinned else {
            node.problem(
                "`\(name)` has the SHA-256 \(digest), not the pinned \(pinned)",
                hint: "restore the file, or pin the new digest if the change is meant"
            )
            return nil
        }
        return bytes
    }

    /// Loads them into the runtime.
    func session(
        _ runtime: OnnxRuntime,
        settings: SessionSettings,
        dimensions: [OnnxSpec.Dimension]
    ) throws(OnnxError) -> OnnxSession {
        let sizes = Dictionary(dimensions.map { ($0.name, $0.size) }) { first, _ in first }
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(OnnxError) in
                try OnnxSession(
                    runtime: runtime,
                    bytes: bytes,
                    settings: settings,
                    dimensions: sizes,
                    files: external
                )
            }
        }
        return try result.get()
    }

    /// What a trial of these files with `session` is remembered by.
    func trialKey(session: SessionSettings, dimensions: [OnnxSpec.Dimension]) -> String {
        let sizes = dimensions.map { "\($0.size)=\($0.name)" }.sorted()
        return (digests + ["\(session)"] + sizes).joined(separator: " ")
    }
}
