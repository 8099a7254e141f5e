// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Puts another file in the place of a store that nobody has open, in an order that a crash between any two
/// steps leaves either the former store or all of the new one, and never nothing.
///
/// 1. The new one is filled under a name of its own, closed, put on disk and renamed to `FILE.salvaged`:
///    it is whole.
/// 2. `FILE` and its log are renamed to a name with the time in it, and never touched again.
/// 3. `FILE.salvaged` is renamed to `FILE`.
///
/// What a crash interrupted after the first step, `resume` finishes.
struct StoreSwap {
    static let companions = ["", "-wal", "-shm", "-journal"]

    let path: String

    /// A whole store that waits for its place.
    private var whole: String { path + ".salvaged" }

    /// Finishes what a crash interrupted.
    ///
    /// The former store's log may still be there: read into the new one it would damage it, so it is
    /// put where the former store is, or to `spare` where that is not known.
    func resume(putting spare: () -> String) throws(SpoolError) {
        guard SpoolFile.size(of: path) == nil, SpoolFile.size(of: whole) != nil else { return }
        if SpoolFile.size(of: path + "-wal") != nil { try move(path + "-wal", spare() + "-wal") }
        try move(whole, path)
    }

    /// Lets go of a draft, and of what an earlier draft left beside it.
    func remove(_ draft: String) {
        for suffix in Self.companions { unlink(draft + suffix) }
    }

    /// Puts the closed store at `draft` in its place; true when there was a former one, which is at `aside` now.
    func put(_ draft: String, keeping aside: String) throws(SpoolError) -> Bool {
        remove(whole)
        try move(draft, whole)
        var wasThere = false
        for suffix in ["", "-wal"] where SpoolFile.size(of: path + suffix) != nil {
            try move(path + suffix, aside + suffix)
            wasThere = true
        }
        try move(whole, path)
        return wasThere
    }

    /// A name that begins with `base` and that nothing has: what was put aside earlier stays.
    func freshName(_ base: String) -> String {
        var name = base
        var number = 2
        while SpoolFile.size(of: name) != nil || SpoolFile.size(of: name + "-wal") != nil {
            name = base + "-\(number)"
            number += 1
        }
        return name
    }

    private func move(_ from: String, _ to: String) throws(SpoolError) {
        guard rename(from, to) == 0 else {
            throw SpoolError(
                .broken,
                "cannot rename `\(from)` to `\(to)`",
                underlying: String(cString: strerror(errno))
            )
        }
        SpoolFile.synchroniseFolder(of: path)
    }
}
