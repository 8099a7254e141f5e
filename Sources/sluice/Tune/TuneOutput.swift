// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import FoundationEssentials
import Settings

/// The files that `sluice tune` reads whole and writes.
enum TuneOutput {
    /// Why a file was not read or written.
    struct Failure: Error {
        var message: String
    }

    /// The most that a file of rows may hold.
    static let largest = 1 << 30

    /// The bytes of the file at `path`.
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        do throws(BoundedFile.Failure) {
            return try BoundedFile.read(path: path, limit: largest)
        } catch {
            throw Failure(message: "\(path): error: \(error.message)")
        }
    }

    /// Writes `text` to `path`, whole or not at all.
    static func write(_ text: String, to path: String) throws(Failure) {
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Failure(message: "\(path): error: cannot be written")
        }
    }

    /// The SHA-256 of `bytes` in hexadecimal.
    static func digest(of bytes: [UInt8]) -> String {
        hexadecimal(SHA256.hash(data: bytes))
    }

    /// The SHA-256 of the files at `paths`, one after the other.
    static func digest(ofFiles paths: [String]) -> String {
        var hash = SHA256()
        for path in paths {
            guard let bytes = try? BoundedFile.read(path: path, limit: largest) else { continue }
            hash.update(data: bytes)
        }
        return hexadecimal(hash.finalize())
    }

    private static func hexadecimal(_ digest: SHA256.Digest) -> String {
        digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
