// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import FoundationEssentials

/// A secret of 32 bytes that the keys of a spool are derived from; it is never written into the spool.
public struct MasterKey: Sendable {
    /// How many bytes it has.
    public static let length = 32

    /// What it is called in the spool and in messages: eight bytes in hexadecimal digits, of which the
    /// key cannot be told.
    public let fingerprint: String
    private let secret: SymmetricKey

    /// A key of exactly `length` bytes; nil for any other number.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        secret = SymmetricKey(data: bytes)
        fingerprint = Self.derived(secret, salt: [], "sluice spool key id")
            .withUnsafeBytes { Hexadecimal.text($0.prefix(8)) }
    }

    /// A key as its file holds it: 32 bytes as they are, or as 64 hexadecimal digits, or in Base64
    /// (RFC 4648), with white space around it; nil for anything else.
    public init?(file bytes: [UInt8]) {
        if bytes.count == Self.length {
            self.init(bytes: bytes)
            return
        }
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        let text = bytes.filter { !blanks.contains($0) }
        guard text.count <= 64 else { return nil }
        if text.count == 64, let bytes = Hexadecimal.bytes(text) {
            self.init(bytes: bytes)
        } else if let decoded = Data(base64Encoded: Data(text)) {
            self.init(bytes: Array(decoded))
        } else {
            return nil
        }
    }

    /// The secret itself in Base64, as a key's file may hold it; for copies of that file only.
    public var base64: String { secret.withUnsafeBytes { Data($0).base64EncodedString() } }

    /// A key for one purpose: HKDF with SHA-256 (RFC 5869).
    func derived(salt: [UInt8], _ purpose: String) -> SymmetricKey {
        Self.derived(secret, salt: salt, purpose)
    }

    private static func derived(
        _ secret: SymmetricKey,
        salt: [UInt8],
        _ purpose: String
    ) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret,
            salt: salt,
            info: Array(purpose.utf8),
            outputByteCount: length
        )
    }
}

/// Bytes as hexadecimal digits and back.
enum Hexadecimal {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes { text += [digit(byte >> 4), digit(byte & 15)] }
        return String(decoding: text, as: UTF8.self)
    }

    static func bytes(_ text: [UInt8]) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: text.count, by: 2) {
            guard let high = value(text[index]), let low = value(text[index + 1])
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
