// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Reads a whole small file, and never more than it was told to.
public enum BoundedFile {
    /// Why a file was not read.
    public struct Failure: Error, Equatable, Sendable {
        /// What is wrong.
        public var message: String
        /// What to do about it.
        public var hint: String?

        static func tooLarge(_ limit: Int) -> Failure {
            Failure(message: "the file is larger than \(Quantity.text(bytes: limit))")
        }
    }

    /// The bytes of the regular file at `path`, when it has at most `limit` of them.
    ///
    /// Blocks while it reads.
    public static func read(path: String, limit: Int) throws(Failure) -> [UInt8] {
        let descriptor = try open(path)
        defer { _ = Glibc.close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = chunk.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(errno) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw .tooLarge(limit) }
        }
    }

    /// The permission bits of the file at `path`; nil when there is none.
    static func permissions(path: String) -> mode_t? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return status.st_mode & 0o777
    }

    private static func open(_ path: String) throws(Failure) -> Int32 {
        // O_NONBLOCK: a pipe in the place of a file must not hang the start.
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            _ = Glibc.close(descriptor)
            throw Failure(message: "this is not a regular file")
        }
        return descriptor
    }

    private static func failure(_ code: Int32) -> Failure {
        switch code {
        case ENOENT, ENOTDIR:
            Failure(message: "there is no such file")
        case EACCES, EPERM:
            Failure(
                message: "the file may not be read",
                hint: "let the user that runs sluice read it"
            )
        default:
            Failure(message: "the file cannot be read: " + String(cString: strerror(code)))
        }
    }
}
