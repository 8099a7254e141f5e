// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import FoundationEssentials
import Settings

/// The public half of an Ed25519 key (RFC 8032): who may have made a model.
///
/// Read from a PEM file as `openssl pkey -pubout` and `sluice models keygen` write it (RFC 8410), or
/// from one of the 32 bytes alone.
public struct VerifyingKey: Hashable, Sendable {
    /// Its 32 bytes.
    public let bytes: [UInt8]

    /// A key of 32 bytes.
    ///
    /// Throws a `KeyFileError` where they are no point of the curve.
    public init(bytes: [UInt8]) throws(KeyFileError) {
        guard bytes.count == 32,
            (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)) != nil
        else { throw KeyFileError("it is no Ed25519 public key") }
        self.bytes = bytes
    }

    /// Reads the file at `path`; blocks.
    public init(path: String) throws(KeyFileError) {
        let der = KeyFile.publicPrefix
        try self.init(bytes: KeyFile.read(path, label: "PUBLIC KEY", prefix: der))
    }

    /// What it is called in signatures: the first 16 hexadecimal digits of its SHA-256.
    public var name: String { String(SHA256.hash(data: bytes).hexadecimal.prefix(16)) }

    /// The file's text, PEM.
    public var pem: String { KeyFile.pem("PUBLIC KEY", KeyFile.publicPrefix + bytes) }

    func accepts(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else {
            return false
        }
        return key.isValidSignature(signature, for: message)
    }
}

/// The private half of an Ed25519 key: signs models.
///
/// Read from a PEM file as `openssl genpkey -algorithm ed25519` and `sluice models keygen` write it
/// (PKCS #8, RFC 8410), or from one of the 32 bytes alone. Never printed.
public struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// A fresh key.
    public init() {
        key = Curve25519.Signing.PrivateKey()
    }

    /// Reads the file at `path`; blocks.
    public init(path: String) throws(KeyFileError) {
        let bytes = try KeyFile.read(path, label: "PRIVATE KEY", prefix: KeyFile.privatePrefix)
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes) else {
            throw KeyFileError("it is no Ed25519 private key")
        }
        self.key = key
    }

    /// Its public half.
    public var verifying: VerifyingKey {
        get throws(KeyFileError) {
            try VerifyingKey(bytes: Array(key.publicKey.rawRepresentation))
        }
    }

    /// The file's text, PEM; a secret.
    public var pem: String {
        KeyFile.pem("PRIVATE KEY", KeyFile.privatePrefix + Array(key.rawRepresentation))
    }

    func signature(of message: [UInt8]) throws(KeyFileError) -> [UInt8] {
        guard let signature = try? key.signature(for: message) else {
            throw KeyFileError("the key cannot sign")
        }
        return Array(signature)
    }
}

/// Why a file is no key.
public struct KeyFileError: Error, Equatable, Sendable {
    /// What is wrong; never holds any of the key.
    public var message: String

    init(_ message: String) {
        self.message = message
    }
}

/// The form of key files: PEM (RFC 7468) around the DER that RFC 8410 gives for Ed25519.
enum KeyFile {
    // SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING of 32 bytes }
    static let publicPrefix: [UInt8] = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]
    // SEQUENCE { INTEGER 0, SEQUENCE { OID 1.3.101.112 }, OCTET STRING { OCTET STRING of 32 bytes } }
    static let privatePrefix: [UInt8] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ]
    private static let sizeLimit = 16 << 10

    static func read(
        _ path: String,
        label: String,
        prefix: [UInt8]
    ) throws(KeyFileError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(BoundedFile.Failure) {
            bytes = try BoundedFile.read(path: path, limit: sizeLimit)
        } catch {
            throw KeyFileError(error.message)
        }
        if bytes.count == 32 { return bytes }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let begin = lines.firstIndex(of: "-----BEGIN \(label)-----"),
            let end = lines.firstIndex(of: "-----END \(label)-----"), begin < end
        else {
            let kind = label == "PUBLIC KEY" ? "public" : "private"
            throw KeyFileError("it holds no \(kind) key in PEM (`-----BEGIN \(label)-----`)")
        }
        let text = lines[(begin + 1)..<end].joined()
        guard let der = Data(base64Encoded: text).map({ Array($0) }),
            der.count == prefix.count + 32, Array(der.prefix(prefix.count)) == prefix
        else { throw KeyFileError("it holds no Ed25519 key; `sluice models keygen` makes one") }
        return Array(der.suffix(32))
    }

    static func pem(_ label: String, _ der: [UInt8]) -> String {
        let text = Data(der).base64EncodedString()
        return "-----BEGIN \(label)-----\n\(text)\n-----END \(label)-----\n"
    }
}
