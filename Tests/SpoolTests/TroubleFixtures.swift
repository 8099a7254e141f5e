// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import FoundationEssentials
import Glibc
import Logging
import Spool
import Synchronization
import Testing

/// A file system in memory of a fixed size, gone with the value.
final class SmallDisk {
    let path: String

    init(bytes: Int) throws {
        path =
            FileManager.default.temporaryDirectory.path + "/disk-\(UInt64.random(in: 0...(.max)))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try #require(mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") == 0)
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }

    /// Nothing on it can be changed any more, or can again; no file may be open for writing.
    func setReadOnly(_ isReadOnly: Bool) throws {
        let flags = UInt(MS_REMOUNT) | (isReadOnly ? UInt(MS_RDONLY) : 0)
        try #require(mount("tmpfs", path, "tmpfs", flags, nil) == 0)
    }

    func grow(to bytes: Int) throws {
        let flags = UInt(MS_REMOUNT)
        try #require(mount("tmpfs", path, "tmpfs", flags, "size=\(bytes)") == 0)
    }
}

/// The outcomes of submitted changes, gathered from the committer's thread.
final class Outcomes: Sendable {
    private let results = Mutex<[Int64: Bool]>([:])

    func add(_ id: Int64, _ result: Result<SpoolReceipt, SpoolError>) {
        results.withLock { $0[id] = (try? result.get()) != nil }
    }

    var count: Int { results.withLock { $0.count } }

    var failed: [Int64] {
        results.withLock { $0.filter { !$0.value }.keys.sorted() }
    }
}

/// Holds a thread until it is opened, and then nobody any more.
final class DispatchGate: Sendable {
    private let opened = DispatchSemaphore(value: 0)
    private let reached = DispatchSemaphore(value: 0)

    func wait() {
        reached.signal()
        opened.wait()
        opened.signal()
    }

    /// Returns when a thread stands at the gate.
    func waitUntilReached() {
        reached.wait()
    }

    func open() {
        opened.signal()
    }
}

enum NoLog {
    static let logger = Logger(label: "spool") { _ in SwiftLogNoOpLogHandler() }
}
