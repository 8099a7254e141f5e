// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
public import Vocabulary

/// What a version's folder holds, in one form of words: the thing that is signed.
///
/// The name and number of the version and the SHA-256 of every file, sorted by name: so that no file
/// can be changed, added, left out, or moved to another model or version without it.
public struct ModelManifest: Equatable, Sendable {
    /// Why a folder cannot be signed or verified.
    public struct Unfit: Error, Equatable, Sendable {
        /// What is wrong.
        public var message: String
    }

    /// One file.
    public struct Entry: Equatable, Sendable {
        /// Its name.
        public var name: String
        /// Its SHA-256 in hexadecimal.
        public var digest: String
    }

    /// Which version it is.
    public let reference: ModelReference
    /// The files, sorted by the bytes of their names; the signature itself is none of them.
    public let files: [Entry]

    /// What a signature's file is called, beside `model.yaml`.
    public static let signatureFile = "model.sig"
    /// How many files a version may have.
    private static let fileLimit = 256

    /// Makes a manifest of files that are known.
    public init(_ reference: ModelReference, files: [Entry]) {
        self.reference = reference
        self.files = files.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Reads every file in the folder at `path`; blocks for as long as that takes.
    public init(_ reference: ModelReference, folder path: String) throws(Unfit) {
        guard let folder = opendir(path) else {
            throw Unfit(message: "`\(path)`: " + String(cString: strerror(errno)))
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let name, !name.contains("\n") else {
                throw Unfit(message: "a file's name is not one line of UTF-8 text")
            }
            guard name != ".", name != "..", name != Self.signatureFile else { continue }
            names.append(name)
            guard names.count <= Self.fileLimit else {
                throw Unfit(message: "the folder has more than \(Self.fileLimit) files")
            }
        }
        var files: [Entry] = []
        for name in names {
            do throws(FileDigest.Failure) {
                let digest = try FileDigest(path: "\(path)/\(name)", limit: FileDigest.mostBytes)
                files.append(Entry(name: name, digest: digest.hexadecimal))
            } catch {
                throw Unfit(message: "`\(name)`: \(error.message)")
            }
        }
        self.init(reference, files: files)
    }

    /// Its text.
    public var text: String {
        "sluice model manifest 1\nmodel \(reference)\n"
            + files.map { "\($0.digest)  \($0.name)\n" }.joined()
    }

    /// The SHA-256 of its text in hexadecimal.
    public var digest: String { SHA256.hexadecimal(of: Array(text.utf8)) }
}

/// The SHA-256 of a file, read in pieces.
struct FileDigest {
    /// Why a file was not read.
    struct Failure: Error {
        var message: String
    }

    /// How large a file of a model may be.
    static let mostBytes = 512 << 20
    private static let piece = 256 << 10

    /// In hexadecimal.
    let hexadecimal: String

    init(path: String, limit: Int) throws(Failure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Failure(message: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(message: "this is not a regular file")
        }
        var hash = SHA256()
        var total = 0
        var buffer = [UInt8](repeating: 0, count: Self.piece)
        while true {
            let count = buffer.withUnsafeMutableBytes { bytes in
                Glibc.read(descriptor, bytes.baseAddress, bytes.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure(message: String(cString: strerror(errno))) }
            if count == 0 { break }
            total += count
            guard total <= limit else {
                throw Failure(message: "the file is larger than \(limit >> 20) MiB")
            }
            buffer.withUnsafeBytes { hash.update(bufferPointer: .init(rebasing: $0[..<count])) }
        }
        hexadecimal = hash.finalize().hexadecimal
    }
}
