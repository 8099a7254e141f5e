// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import Glibc
import Vocabulary

/// Replaces a damaged store by one that holds what is still sound in it; see `StoreSwap` for the order.
struct SalvageSteps {
    private static let markers = [
        "CREATE TABLE drop_counts", "entries_by_stream", "streams_by_head",
    ]
    private static let magic = "SQLite format 3"
    private static let searched = 64 << 20

    var path: String
    var time: any TimeSource

    private var draft: String { path + ".salvaged.new" }
    private var swap: StoreSwap { StoreSwap(path: path) }

    /// True when the file at `path` is, or was, a spool, as far as its bytes still tell.
    static func isStore(_ path: String) -> Bool {
        guard let size = SpoolFile.size(of: path) else { return false }
        guard size > 0 else { return true }
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { Glibc.close(file) }
        var head = [UInt8](repeating: 0, count: min(size, 72))
        guard pread(file, &head, head.count, 0) == head.count else { return false }
        // Cut to less than a header, it is no one else's database either.
        if Array(magic.utf8).starts(with: head.prefix(magic.utf8.count)) {
            let isOurs = head.count < 72 || head[68...].elementsEqual([0x53, 0x4C, 0x55, 0x43])
            if isOurs { return true }
        }
        return [path, path + "-wal"].contains { names(itsTables: $0) }
    }

    /// True when the schema of a spool stands somewhere near the front of a file.
    private static func names(itsTables path: String) -> Bool {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { Glibc.close(file) }
        let markers = markers.map { Array($0.utf8) }
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        var place = 0
        while place < searched {
            let count = pread(file, &piece, piece.count, place)
            guard count > 0 else { return false }
            let found = piece[..<count]
            if markers.contains(where: { found.firstRange(of: $0) != nil }) { return true }
            // What stands across two pieces is found in the next one.
            place += max(1, count - 64)
        }
        return false
    }

    /// False when the file's header is not one that a spool's file has (SQLite's "Database File Format",
    /// section 1.3): some of its fields make SQLite refuse the file in words of other troubles.
    static func hasSoundHeader(_ path: String) -> Bool {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return true }
        defer { Glibc.close(file) }
        var head = [UInt8](repeating: 0, count: 100)
        guard pread(file, &head, head.count, 0) == head.count else { return false }
        guard head.starts(with: Array(magic.utf8)), head[15] == 0 else { return false }
        // Pages of 4096 bytes, nothing reserved on them, and the fixed fractions.
        guard head[16] == 0x10, head[17] == 0, head[20] == 0 else { return false }
        guard head[21] == 64, head[22] == 32, head[23] == 32 else { return false }
        guard (1...2).contains(head[18]), (1...2).contains(head[19]) else { return false }
        // The schema's format, UTF-8, and incremental vacuum.
        guard number(head, 44) == 4, number(head, 56) == 1 else { return false }
        return number(head, 52) > 0 && number(head, 64) == 1
    }

    private static func number(_ bytes: [UInt8], _ place: Int) -> Int {
        bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
    }

    /// Finishes what a crash interrupted.
    func resume() throws(SpoolError) {
        try swap.resume(putting: freshName)
    }

    /// Replaces the store; the damaged one is kept.
    func replace(
        _ options: SpoolOptions,
        onProgress: @escaping (SalvageProgress) -> Void = { _ in }
    ) throws -> SalvageReport {
        swap.remove(draft)
        let aside = freshName()
        let file = DamagedFile(path: path)
        let queue = try SpoolFile.make(path: draft)
        var report = SalvageReport(setAside: aside)
        do {
            report = try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA wal_autocheckpoint = 1000")
                // A draft that a crash cuts off is thrown away: it is put on disk as a whole.
                try db.execute(sql: "PRAGMA synchronous = OFF")
                let salvage = Salvage(
                    file,
                    setAside: aside,
                    into: db,
                    options: options,
                    time: time,
                    onProgress: onProgress
                )
                try salvage.run()
                return salvage.report
            }
            try queue.close()
            try SpoolFile.synchronise(draft)
        } catch {
            try? queue.close()
            swap.remove(draft)
            throw error
        }
        _ = try swap.put(draft, keeping: aside)
        return report
    }

    /// A name with the time in it that nothing has.
    private func freshName() -> String {
        let digits = time.wallTime.rfc3339.prefix(19).filter { $0 != "-" && $0 != ":" }
        return swap.freshName(path + ".damaged-" + digits + "Z")
    }
}
