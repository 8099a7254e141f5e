// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CStorage
import Glibc
import Logging
import Spool
import Vocabulary

/// Rows of 300 bytes in one commit, as the lanes of a busy gateway store them.
private let rowsACommit = 256

/// A spool in a folder of its own, which goes with it.
private final class Store {
    let folder: String
    let spool: SpoolStore
    private var stored: Int64 = 0

    var path: String { folder + "/spool.sqlite" }

    init() throws {
        let place = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((place + "/sluice-parts-XXXXXX").utf8CString)
        guard let made = mkdtemp(&template) else { throw PartFailure("no folder for a spool") }
        folder = String(cString: made)
        spool = try SpoolStore.open(
            path: folder + "/spool.sqlite",
            time: Clocks(),
            logger: Logger(label: "parts") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    deinit {
        try? spool.close()
        for name in ["spool.sqlite", "rows.sqlite"] {
            for suffix in ["", "-wal", ".lock"] { unlink(folder + "/" + name + suffix) }
        }
        rmdir(folder)
    }

    /// The rows of one commit.
    func change() -> SpoolChange {
        var change = SpoolChange()
        for id in spool.reserveIDs(rowsACommit) {
            let high = UInt64(bitPattern: id) &* 0x9E37_79B9_7F4A_7C15
            let low = UInt64(bitPattern: id) &* 0xBF58_476D_1CE4_E5B9
            change.inserts.append(
                NewEntry(
                    id: id,
                    key: hexadecimal(high) + hexadecimal(low) + ":0:question",
                    kind: .deferral,
                    priority: .normal,
                    device: "small-d\(10 + id % 16)",
                    policy: "small",
                    policyVersion: "0123456789ab",
                    body: Self.body
                )
            )
        }
        return change
    }

    /// Stores it and sees to it that the disk was waited for.
    func store(_ change: SpoolChange) throws {
        let before = partsbench_syncs()
        try spool.commit(change)
        guard partsbench_syncs() > before else { throw PartFailure("a commit without a sync") }
    }

    static let body = [UInt8](repeating: 0x78, count: 300)
}

private func hexadecimal(_ number: UInt64) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
}

extension Part {
    /// Rows in and out of the spool.
    static var rows: [Part] {
        [
            Part("spool, 256 rows inserted in one commit", count: 4) {
                let store = try Store()
                return { count in
                    for _ in 0..<count { try store.store(store.change()) }
                }
            },
            Part("spool, 256 rows leased and acknowledged", count: 4) {
                let store = try Store()
                return { count in
                    for _ in 0..<count {
                        try store.store(store.change())
                        let rows = try store.spool.lease([.deferral], limit: rowsACommit)
                        guard rows.count == rowsACommit else {
                            throw PartFailure("\(rows.count) leased")
                        }
                        var change = SpoolChange()
                        change.acknowledgements = rows.map(\.id)
                        try store.store(change)
                    }
                }
            },
        ]
    }
}

/// A spool and a file of SQLite's with the same table and settings.
public final class Beside {
    private let store: Store
    private let rows: OpaquePointer
    private var next: Int64 = 1
    private static let commits = 20

    /// Makes both, in a folder that goes with them.
    public init() throws {
        store = try Store()
        // The table is read where a spool has made one and let go of it.
        let model = try Store()
        try model.spool.close()
        var problem = [CChar](repeating: 0, count: 200)
        guard
            let rows = partsbench_rows_open(
                store.folder + "/rows.sqlite",
                model.path,
                &problem,
                problem.count
            )
        else {
            let text = problem.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw PartFailure(String(decoding: text, as: UTF8.self))
        }
        self.rows = rows
    }

    deinit {
        partsbench_rows_close(rows)
    }

    /// Nanoseconds a row of each; every commit of either has waited for the disk.
    public func turn() throws -> (spool: Double, bare: Double) {
        let changes = (0..<Self.commits).map { _ in store.change() }
        var start = Clocks.read(CLOCK_MONOTONIC)
        for change in changes { try store.store(change) }
        let spool = Clocks.read(CLOCK_MONOTONIC) - start
        let before = partsbench_syncs()
        start = Clocks.read(CLOCK_MONOTONIC)
        for _ in 0..<Self.commits {
            let isStored = partsbench_rows_insert(
                rows,
                next,
                Int32(rowsACommit),
                Store.body,
                Int32(Store.body.count)
            )
            guard isStored else { throw PartFailure("SQLite does not store rows") }
            next += Int64(rowsACommit)
        }
        let bare = Clocks.read(CLOCK_MONOTONIC) - start
        guard partsbench_syncs() - before >= UInt64(Self.commits) else {
            throw PartFailure("a commit of SQLite's without a sync")
        }
        let each = Double(Self.commits * rowsACommit)
        return (Double(spool) / each, Double(bare) / each)
    }
}
