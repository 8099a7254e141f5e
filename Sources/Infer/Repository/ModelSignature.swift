// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Settings
public import Vocabulary

/// What is known of who made a version.
public enum SignatureState: Equatable, Sendable {
    /// There is no `model.sig`.
    case unsigned
    /// Signed by a key that is trusted, by its name.
    case trusted(key: String)
    /// Signed by a key nobody said to trust, by its name; whether it fits is not known.
    case foreign(key: String)
    /// `model.sig` does not fit what is in the folder; the text says why.
    case broken(reason: String)

    /// In a few words: `signed by 1f2e…`, `unsigned`.
    public var summary: String {
        switch self {
        case .unsigned: "unsigned"
        case .trusted(let key): "signed by \(key)"
        case .foreign(let key): "signed by \(key), which is not trusted"
        case .broken(let reason): "badly signed: \(reason)"
        }
    }
}

/// A version's `model.sig`: an Ed25519 signature (RFC 8032) of the digest of its manifest.
public struct ModelSignature: Equatable, Sendable {
    /// The name of the key that made it.
    public var key: String
    /// The SHA-256 of the manifest it is about, in hexadecimal.
    public var manifest: String
    /// Its 64 bytes.
    public var bytes: [UInt8]

    static let sizeLimit = 4 << 10

    /// Signs `manifest`.
    public init(_ manifest: ModelManifest, with key: SigningKey) throws(KeyFileError) {
        self.key = try key.verifying.name
        self.manifest = manifest.digest
        bytes = try key.signature(of: Self.message(manifest.digest))
    }

    /// Reads the text of a `model.sig`; nil where it is none.
    public init?(text: String) {
        var members: [Substring: Substring] = [:]
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.first == "sluice model signature 1", lines.count <= 8 else { return nil }
        for line in lines.dropFirst() {
            let parts = line.split(separator: " ")
            guard parts.count == 2 else { return nil }
            members[parts[0]] = parts[1]
        }
        guard let key = members["key"], let manifest = members["manifest"],
            manifest.utf8.count == 64,
            let bytes = members["ed25519"].flatMap({ Data(base64Encoded: String($0)) }),
            bytes.count == 64
        else { return nil }
        self.key = String(key)
        self.manifest = String(manifest)
        self.bytes = Array(bytes)
    }

    /// The text of the `model.sig`.
    public var text: String {
        """
        sluice model signature 1
        key \(key)
        manifest \(manifest)
        ed25519 \(Data(bytes).base64EncodedString())

        """
    }

    /// True when `key` made it for `manifest`.
    public func fits(_ manifest: ModelManifest, key: VerifyingKey) -> Bool {
        manifest.digest == self.manifest
            && key.accepts(bytes, of: Self.message(manifest.digest))
    }

    /// What is signed: words nobody signs for anything else, and the digest.
    private static func message(_ digest: String) -> [UInt8] {
        Array("sluice model manifest 1 sha256 \(digest)".utf8)
    }
}

/// Whom models are taken from.
public struct ModelTrust: Equatable, Sendable {
    /// The keys whose signatures count.
    public var keys: [VerifyingKey]
    /// True where a version without such a signature is refused.
    public var isRequired: Bool
    /// What opens models that are encrypted at rest; nil where none is.
    public var sealing: SealingKey?

    /// Makes a trust; without arguments, nobody is asked for a signature.
    public init(keys: [VerifyingKey] = [], isRequired: Bool = false) {
        self.keys = keys
        self.isRequired = isRequired
    }

    /// What is known of who made the version `reference` in the folder at `path`.
    ///
    /// Reads every file of the folder when there is a signature by a trusted key, and only then;
    /// blocks. The manifest is what was signed, where the signature is good: whoever reads a file
    /// afterwards holds it against that.
    public func verify(
        _ reference: ModelReference,
        folder path: String
    ) -> (state: SignatureState, manifest: ModelManifest?) {
        let file = "\(path)/\(ModelManifest.signatureFile)"
        guard access(file, F_OK) == 0 else { return (.unsigned, nil) }
        guard let bytes = try? BoundedFile.read(path: file, limit: ModelSignature.sizeLimit),
            let signature = ModelSignature(text: String(decoding: bytes, as: UTF8.self))
        else { return (.broken(reason: "`\(ModelManifest.signatureFile)` is no signature"), nil) }
        guard let key = keys.first(where: { $0.name == signature.key }) else {
            return (.foreign(key: signature.key), nil)
        }
        let manifest: ModelManifest
        do throws(ModelManifest.Unfit) {
            manifest = try ModelManifest(reference, folder: path)
        } catch {
            return (.broken(reason: error.message), nil)
        }
        if signature.fits(manifest, key: key) { return (.trusted(key: key.name), manifest) }
        let reason =
            manifest.digest == signature.manifest
            ? "it was not made by the key it names"
            : "the files are not those that were signed as `\(reference)`"
        return (.broken(reason: reason), nil)
    }
}
