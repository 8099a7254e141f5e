// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc

/// A file that holds what a lane's windows and detectors know.
///
/// Bytes: `sluice-state 1` and a line end, the SHA-256 of the rest (32 bytes), the rest. It is written
/// beside its name, made safe (fsync), and renamed: a crash or power cut leaves the former one or the
/// new one, whole.
struct StateFile: Sendable {
    /// What there is under its name.
    enum Content: Equatable, Sendable {
        /// No file: nothing has been kept yet.
        case none
        /// What was written.
        case state([UInt8])
        /// Something that was not written like this; the text says what is wrong with it.
        case damaged(String)
    }

    /// How large a file may be.
    static let limit = 1 << 30
    private static let mark = Array("sluice-state 1\n".utf8)

    /// The folder, made when the first file is written, and the file's name in it.
    let folder: String
    let name: String

    var path: String { folder + "/" + name }

    /// Reads it; blocks.
    func read() -> Content {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            return errno == ENOENT ? .none : .damaged(Self.reason())
        }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            return .damaged("it is no file")
        }
        guard facts.st_size <= Self.limit else { return .damaged("it is larger than 1 GiB") }
        var bytes = [UInt8](repeating: 0, count: Int(facts.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { bytes in
                let rest = bytes.baseAddress?.advanced(by: filled)
                return Glibc.read(descriptor, rest, bytes.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                return .damaged(count < 0 ? Self.reason() : "it ends too early")
            }
            filled += count
        }
        guard bytes.starts(with: Self.mark) else {
            return .damaged("it does not begin as this program writes it")
        }
        let digest = bytes.dropFirst(Self.mark.count).prefix(SHA256.byteCount)
        let state = bytes.dropFirst(Self.mark.count + SHA256.byteCount)
        guard digest.elementsEqual(SHA256.hash(data: state)) else {
            return .damaged("its checksum does not match")
        }
        return .state(Array(state))
    }

    /// Writes it and makes it safe; blocks.
    func write(_ state: [UInt8]) throws(Failure) {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw Failure() }
        let beside = path + ".new"
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
        let descriptor = open(beside, flags, 0o600)
        guard descriptor >= 0 else { throw Failure() }
        var failure: Failure?
        do throws(Failure) {
            for part in [Self.mark, Array(SHA256.hash(data: state)), state] {
                try Self.writeAll(part, to: descriptor)
            }
            guard fsync(descriptor) == 0 else { throw Failure() }
        } catch {
            failure = error
        }
        close(descriptor)
        if failure == nil, rename(beside, path) != 0 { failure = Failure() }
        if let failure {
            unlink(beside)
            throw failure
        }
        // The new name itself must survive a power cut, too.
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }

    /// Puts it aside as `<name>.damaged`, in the place of one that was put there before.
    func setAside() {
        rename(path, path + ".damaged")
    }

    /// Why it could not be written.
    struct Failure: Error {
        /// What the system said.
        let reason = StateFile.reason()
    }

    private static func reason() -> String { String(cString: strerror(errno)) }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(Failure) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                Glibc.write(
                    descriptor,
                    bytes.baseAddress?.advanced(by: written),
                    bytes.count - written
                )
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure() }
            written += count
        }
    }
}
