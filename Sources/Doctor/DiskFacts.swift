// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMachine
import Glibc

/// What was measured of the disk under the spool.
struct DiskFacts: Equatable, Sendable {
    /// The folder.
    var folder: String
    /// Why nothing can be written; nil where it can.
    var failure: String?
    /// Whose the folder is, where only that keeps this process, another user's, from writing; never root, whose
    /// folder keeps out the gateway's own user as well.
    var owner: String?
    /// Seconds of each write that was waited for, in order of length.
    var syncs: [Double] = []
    /// Bytes a second of a longer piece, waited for.
    var bytesPerSecond = 0.0
    /// True when the folder is in memory: nothing outlives the machine.
    var isMemory = false
    /// True when the folder is on another machine.
    var isRemote = false
    /// Bytes that may still be written.
    var free = 0
    /// Files that may still be made; nil where that has no bound.
    var freeFiles: Int?
    /// How large the spool may become.
    var cap = 0
    /// How large it is.
    var used = 0

    private static let pieceBytes = 4_096
    private static let longBytes = 16 << 20

    /// Measures beside `path` with a file of its own that is gone afterwards.
    ///
    /// Writes 16 MiB. Blocks.
    static func measured(spool path: String, cap: Int) -> DiskFacts {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : path[..<$0] } ?? "."
        var facts = DiskFacts(folder: String(folder))
        facts.cap = cap
        facts.used = ["", "-wal"].reduce(0) { $0 + size(of: path + $1) }
        var volume = statvfs()
        if statvfs(facts.folder, &volume) == 0 {
            facts.free = Int(volume.f_bavail) * Int(volume.f_frsize)
            facts.freeFiles = volume.f_files == 0 ? nil : Int(volume.f_favail)
        }
        var kind = statfs()
        if statfs(facts.folder, &kind) == 0 {
            // linux/magic.h: tmpfs, ramfs; NFS, CIFS, SMB2, 9P.
            facts.isMemory = [0x0102_1994, 0x8584_58F6].contains(Int(kind.f_type))
            facts.isRemote = [0x6969, 0xFF53_4D42, 0xFE53_4D42, 0x0102_1997]
                .contains(Int(kind.f_type))
        }
        facts.write()
        return facts
    }

    private mutating func write() {
        let name = "\(folder)/.sluice-doctor-\(getpid())"
        let file = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            let reason = errno
            failure = String(cString: strerror(reason))
            if reason == EACCES { owner = Self.owner(of: folder) }
            return
        }
        // Gone when it is closed, however this ends.
        unlink(name)
        defer { close(file) }
        let bytes = [UInt8](repeating: 0x5A, count: Self.longBytes)
        // A row is written where the file ends, and so is this: the length changes with it.
        for _ in 0..<64 {
            let started = Self.now
            guard Glibc.write(file, bytes, Self.pieceBytes) == Self.pieceBytes, fdatasync(file) == 0
            else {
                failure = String(cString: strerror(errno))
                return
            }
            syncs.append(Self.now - started)
            if syncs.reduce(0, +) > 5 { break }
        }
        syncs.sort()
        guard free > 4 * Self.longBytes else { return }
        let started = Self.now
        guard Glibc.write(file, bytes, bytes.count) == bytes.count, fdatasync(file) == 0 else {
            failure = String(cString: strerror(errno))
            return
        }
        bytesPerSecond = Double(bytes.count) / max(1e-9, Self.now - started)
    }

    /// Whose a folder is; nil where it is this process's own user's or root's, or is not there.
    private static func owner(of folder: String) -> String? {
        var facts = stat()
        guard stat(folder, &facts) == 0, ![0, geteuid()].contains(facts.st_uid) else { return nil }
        return getpwuid(facts.st_uid).map { String(cString: $0.pointee.pw_name) }
            ?? "\(facts.st_uid)"
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
