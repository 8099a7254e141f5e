// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// What secret files hold, read again when they change, and kept while they cannot be read.
///
/// A file is looked at (`stat`) each time it is asked for and read only when it is another one or has changed.
/// One that has gone, is empty or may not be read any more leaves the former content in force, which
/// `trouble` tells. One for the process: a path means the same to whoever asks.
public final class SecretMemory: Sendable {
    /// The process's memory.
    public static let shared = SecretMemory()

    /// What a look at a file found.
    public enum Finding: Equatable, Sendable {
        /// Nothing new, or nobody has read it yet.
        case same
        /// It has other content, which is used from now on.
        case changed
        /// It cannot be used; the former content stays in force.
        case unusable(String)
    }

    /// The file and its version, as far as that can be told without reading it.
    private struct Identity: Equatable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var changed: [Int]

        /// Looks at the file at `path`; nil when it cannot be looked at.
        init?(path: String) {
            var facts = stat()
            guard stat(path, &facts) == 0 else { return nil }
            device = UInt64(facts.st_dev)
            inode = UInt64(facts.st_ino)
            size = Int64(facts.st_size)
            changed = [
                facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec,
                facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec,
            ]
        }
    }

    private struct Kept {
        var identity: Identity
        var bytes: [UInt8]
        var trouble: String?
    }

    // Held while a small file is read: who connects waits for it anyway.
    private let kept = Mutex<[String: Kept]>([:])

    init() {}

    /// What the file at `path` holds, or last held; throws when it could never be read.
    func bytes(path: String, limit: Int) throws(BoundedFile.Failure) -> [UInt8] {
        let result = kept.withLock { kept -> Result<[UInt8], BoundedFile.Failure> in
            do throws(BoundedFile.Failure) {
                return .success(try Self.renew(&kept[path], path, limit).bytes)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Looks whether a file that was read before has changed.
    public func look(at path: String) -> Finding {
        kept.withLock { kept in
            guard let before = kept[path] else { return .same }
            let now = try? Self.renew(&kept[path], path, 4 << 20)
            if let trouble = now?.trouble { return .unusable(trouble) }
            return now?.bytes == before.bytes ? .same : .changed
        }
    }

    /// Why a file's former content is in force; nil where that is not so.
    public func trouble(of path: String) -> String? {
        kept.withLock { $0[path]?.trouble }
    }

    private static func renew(
        _ kept: inout Kept?,
        _ path: String,
        _ limit: Int
    ) throws(BoundedFile.Failure) -> Kept {
        let identity = Identity(path: path)
        if let known = kept, known.identity == identity, known.trouble == nil { return known }
        do throws(BoundedFile.Failure) {
            let bytes = try BoundedFile.read(path: path, limit: limit)
            // An editor that writes in place leaves it empty for a moment.
            if bytes.isEmpty, kept != nil {
                throw BoundedFile.Failure(message: "the file is empty")
            }
            guard let identity else { throw BoundedFile.Failure(message: "there is no such file") }
            let fresh = Kept(identity: identity, bytes: bytes)
            kept = fresh
            return fresh
        } catch {
            guard var former = kept else { throw error }
            former.trouble = error.message
            kept = former
            return former
        }
    }
}
