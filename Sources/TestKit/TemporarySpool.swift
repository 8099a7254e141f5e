// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Logging
public import Spool

/// A spool in a folder of its own, which goes when the value does.
public final class TemporarySpool: Sendable {
    /// The clock that spools opened here read.
    public let clock: ManualClock
    /// The spool's file.
    public let path: String
    /// The folder it is in.
    public let folder: String

    /// Makes an empty folder, below `parent` or where the system keeps temporary files.
    public init(clock: ManualClock = ManualClock(), parent: String? = nil) throws {
        self.clock = clock
        let parent = parent ?? FileManager.default.temporaryDirectory.path
        folder = parent + "/spool-\(UInt64.random(in: 0...(.max)))"
        path = folder + "/spool.sqlite"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Opens the spool.
    public func open(_ options: SpoolOptions = SpoolOptions()) throws(SpoolError) -> SpoolStore {
        let logger = Logger(label: "spool") { _ in SwiftLogNoOpLogHandler() }
        return try SpoolStore.open(path: path, options: options, time: clock, logger: logger)
    }

    /// A copy of the files as they are at this moment, as kill -9 leaves them; not its lock.
    public func copyAfterKill() throws -> TemporarySpool {
        let copy = try TemporarySpool(clock: clock)
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: copy.path + suffix)
        }
        return copy
    }

    /// The bytes that the spool's files take.
    public var bytesOnDisk: Int {
        ["", "-wal", "-shm"].reduce(0) { sum, suffix in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + suffix)
            return sum + ((attributes?[.size] as? Int) ?? 0)
        }
    }
}
