// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// A bearer token in a file, read again whenever the file changes.
public final class BearerFile: Sendable {
    /// Why there is no token.
    public struct Unreadable: Error, CustomStringConvertible, Sendable {
        /// What is wrong with the file; never its contents.
        public var description: String
    }

    /// What tells one state of a file from another.
    private struct Stamp: Equatable {
        var inode: UInt
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private let path: String
    private let last = Mutex<(stamp: Stamp, token: String)?>(nil)

    /// Names the file; it is read when the token is first asked for.
    public init(path: String) {
        self.path = path
    }

    /// The token: the file's text without the white space around it.
    ///
    /// - Throws: `Unreadable` when the file cannot be read, is empty, is longer than 64 KiB, or holds
    ///   characters that may not stand in a header field.
    public func token() throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Unreadable(description: "`\(path)`: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw Unreadable(description: "`\(path)`: \(String(cString: strerror(errno)))")
        }
        let stamp = Stamp(
            inode: UInt(status.st_ino),
            size: Int(status.st_size),
            seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec
        )
        if let token = last.withLock({ $0?.stamp == stamp ? $0?.token : nil }) { return token }
        let token = try text(of: descriptor)
        last.withLock { $0 = (stamp, token) }
        return token
    }

    private func text(of descriptor: Int32) throws -> String {
        var bytes = [UInt8](repeating: 0, count: (64 << 10) + 1)
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else {
            throw Unreadable(description: "`\(path)`: \(String(cString: strerror(errno)))")
        }
        guard count <= 64 << 10 else { throw Unreadable(description: "`\(path)`: too long") }
        var token = bytes[..<count]
        while let first = token.first, first <= 0x20 { token.removeFirst() }
        while let last = token.last, last <= 0x20 { token.removeLast() }
        guard !token.isEmpty else { throw Unreadable(description: "`\(path)`: holds no token") }
        guard token.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Unreadable(description: "`\(path)`: holds characters no token has")
        }
        return String(decoding: token, as: UTF8.self)
    }
}
