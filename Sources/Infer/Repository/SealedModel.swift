// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import FoundationEssentials
public import Settings

/// The key that opens models which are encrypted at rest: 256 bits.
///
/// A secret is one line of 64 hexadecimal digits, as `openssl rand -hex 32` prints it.
public struct SealingKey: Equatable, Sendable {
    /// Why a text is no key.
    public struct Malformed: Error, Equatable, Sendable {
        /// What is wrong; never holds any of it.
        public var message: String
    }

    let key: SymmetricKey

    /// Reads the secret's text.
    public init(hexadecimal text: String) throws(Malformed) {
        let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == 64, text.utf8.count == 64 else {
            throw Malformed(message: "it is not 64 hexadecimal digits (`openssl rand -hex 32`)")
        }
        key = SymmetricKey(
            data: stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
        )
    }

    /// Reads the secret that `reference` leads to.
    public init(_ reference: SecretReference) throws(Malformed) {
        let text: String
        do throws(SecretReference.Unreadable) {
            text = try reference.read()
        } catch {
            throw Malformed(message: error.message)
        }
        try self.init(hexadecimal: text)
    }
}

/// A model file that is encrypted at rest.
///
/// AES-256-GCM in pieces of 64 KiB, by the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár
/// 2015): the nonce counts the pieces and marks the last one, so that none can be changed, left out,
/// moved or cut off. Each file has a key of its own, made of the secret and a random salt (HKDF, RFC 5869).
///
/// Bytes: the mark, 32 bytes of salt, then the pieces, each with its tag of 16 bytes.
public enum SealedModel {
    /// Why bytes cannot be opened.
    public struct Refusal: Error, Equatable, Sendable {
        /// What is wrong and what to do.
        public var message: String
    }

    private static let mark = Array("sluice sealed 1\n".utf8)
    private static let saltSize = 32
    private static let pieceSize = 64 << 10
    private static let tagSize = 16

    /// True for bytes that begin as sealed ones do.
    public static func isSealed(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.starts(with: mark)
    }

    /// Encrypts `bytes`.
    public static func seal(_ bytes: [UInt8], with key: SealingKey) throws(Refusal) -> [UInt8] {
        let salt = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        let own = fileKey(key, salt)
        var sealed = mark + salt
        sealed.reserveCapacity(bytes.count + (bytes.count / pieceSize + 2) * tagSize + 64)
        var start = 0
        var count: UInt64 = 0
        repeat {
            let end = min(start + pieceSize, bytes.count)
            let isLast = end == bytes.count
            guard let nonce = nonce(count, isLast: isLast),
                let box = try? AES.GCM.seal(Data(bytes[start..<end]), using: own, nonce: nonce)
            else { throw Refusal(message: "it cannot be encrypted") }
            sealed.append(contentsOf: box.ciphertext)
            sealed.append(contentsOf: box.tag)
            start = end
            count += 1
        } while start < bytes.count
        return sealed
    }

    /// Decrypts what `seal` gave.
    public static func open(_ bytes: [UInt8], with key: SealingKey?) throws(Refusal) -> [UInt8] {
        guard let key else {
            throw Refusal(message: "it is encrypted, and `models:` names no key for it")
        }
        let start = mark.count + saltSize
        guard isSealed(bytes), bytes.count >= start + tagSize else {
            throw Refusal(message: "it is cut off")
        }
        let own = fileKey(key, Array(bytes[mark.count..<start]))
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count - start)
        var place = start
        var count: UInt64 = 0
        while place < bytes.count {
            let end = min(place + pieceSize + tagSize, bytes.count)
            let isLast = end == bytes.count
            guard end - place >= tagSize, let nonce = nonce(count, isLast: isLast),
                let box = try? AES.GCM.SealedBox(
                    nonce: nonce,
                    ciphertext: Data(bytes[place..<end - tagSize]),
                    tag: Data(bytes[end - tagSize..<end])
                ), let piece = try? AES.GCM.open(box, using: own)
            else {
                throw Refusal(
                    message: "it does not open with this key, or it was changed or cut off"
                )
            }
            plain.append(contentsOf: piece)
            place = end
            count += 1
        }
        return plain
    }

    private static func fileKey(_ key: SealingKey, _ salt: [UInt8]) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key.key,
            salt: Data(salt),
            info: Data(mark),
            outputByteCount: 32
        )
    }

    /// 11 bytes of counter, most significant first, and one that marks the last piece.
    private static func nonce(_ count: UInt64, isLast: Bool) -> AES.GCM.Nonce? {
        var bytes: [UInt8] = [0, 0, 0]
        withUnsafeBytes(of: count.bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(isLast ? 1 : 0)
        return try? AES.GCM.Nonce(data: bytes)
    }
}
