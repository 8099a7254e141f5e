// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

extension DiskFacts {
    /// What follows from it; pure.
    var items: [Checkup.Item] {
        if let owner {
            let unseen = Checkup.Item(
                "disk",
                .unseen,
                "what a write costs cannot be seen by you: `\(folder)` is `\(owner)`'s",
                remedy:
                    "ask as the user that runs sluice: `sudo -u \(owner) sluice doctor`; if that "
                    + "is you, make the folder yours"
            )
            return [kind, unseen, space, files].compactMap(\.self)
        }
        if let failure {
            return [
                Checkup.Item(
                    "disk",
                    .fail,
                    "nothing can be written in `\(folder)`: \(failure)",
                    remedy: "create the folder, and let the user that runs sluice write in it"
                )
            ]
        }
        return [kind, cost, space, files].compactMap(\.self)
    }

    private var kind: Checkup.Item? {
        if isMemory {
            return Checkup.Item(
                "disk: kind",
                .fail,
                "`\(folder)` is in memory: a power cut loses the spool (G1)",
                remedy: "set `spool: { path: … }` to a disk"
            )
        }
        if isRemote {
            return Checkup.Item(
                "disk: kind",
                .fail,
                "`\(folder)` is on another machine: SQLite's locks and log do not hold there",
                remedy: "set `spool: { path: … }` to a disk of this machine"
            )
        }
        return nil
    }

    private var cost: Checkup.Item? {
        guard !syncs.isEmpty else { return nil }
        let middle = syncs[syncs.count / 2] * 1_000
        let worst = (syncs.last ?? 0) * 1_000
        let says =
            "a write that is waited for takes \(Self.text(middle)) ms, \(Self.text(worst)) ms at worst"
            + (bytesPerSecond > 0
                ? ", \(Self.text(bytes: Int(bytesPerSecond))) a second" : "")
        let figures = [
            "fsync_p50_ms": middle, "fsync_max_ms": worst, "bytes_per_second": bytesPerSecond,
        ]
        if middle > 100 {
            return Checkup.Item(
                "disk",
                .warn,
                says,
                remedy: "every batch waits for one: use a better disk or card, or raise `linger`",
                figures: figures
            )
        }
        if middle < 0.02, !isMemory {
            return Checkup.Item(
                "disk",
                .warn,
                says + ": faster than a medium can be",
                remedy: "does something between here and the disk answer before it is written?",
                figures: figures
            )
        }
        if bytesPerSecond > 0, bytesPerSecond < 1_048_576 {
            return Checkup.Item(
                "disk",
                .warn,
                says,
                remedy: "a backlog is written no faster: use a better disk or card",
                figures: figures
            )
        }
        return Checkup.Item("disk", .ok, says, figures: figures)
    }

    private var space: Checkup.Item {
        let wanted = max(0, cap - used)
        let says =
            "\(Self.text(bytes: free)) free, the spool may grow by "
            + Self.text(bytes: wanted)
        let figures = ["free_bytes": Double(free), "spool_may_grow_bytes": Double(wanted)]
        if free < 64 << 20 {
            return Checkup.Item(
                "disk: space",
                .fail,
                says,
                remedy: "make room: the spool stops taking rows when the disk is full",
                figures: figures
            )
        }
        guard free > wanted else {
            return Checkup.Item(
                "disk: space",
                .warn,
                says + ": the disk is full before it is",
                remedy: "make room, or lower `spool: { max_size: … }`",
                figures: figures
            )
        }
        return Checkup.Item("disk: space", .ok, says, figures: figures)
    }

    private var files: Checkup.Item? {
        guard let freeFiles, freeFiles < 1_000 else { return nil }
        return Checkup.Item(
            "disk: files",
            .warn,
            "only \(freeFiles) more files can be made",
            remedy: "remove small files that nobody needs",
            figures: ["free_files": Double(freeFiles)]
        )
    }

    /// In whole MiB: what is below says nothing here.
    private static func text(bytes: Int) -> String {
        Quantity.text(bytes: (bytes >> 20) << 20)
    }

    private static func text(_ milliseconds: Double) -> String {
        milliseconds < 1
            ? "\((milliseconds * 100).rounded() / 100)" : "\((milliseconds * 10).rounded() / 10)"
    }
}
