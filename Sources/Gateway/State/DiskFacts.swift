// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What is known of a disk.
struct DiskFacts: Equatable {
    /// Bytes free for us; nil where that cannot be told.
    var free: Int?
    var isReadOnly = false

    init() {}

    /// Looks at the disk that holds the file at `path`; `statvfs(3)`.
    init(under path: String) {
        var facts = statvfs()
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        guard statvfs(folder, &facts) == 0 else { return }
        let (bytes, overflow) = Int(clamping: facts.f_bavail)
            .multipliedReportingOverflow(by: Int(clamping: facts.f_frsize))
        free = overflow ? .max : bytes
        isReadOnly = facts.f_flag & UInt(ST_RDONLY) != 0
    }
}
