// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
public import Vocabulary

/// How a version's folder looked at some moment, without reading its files.
///
/// What a version that was left out is looked at again by: it is tried once more when this has changed
/// and nothing was written for a while.
public struct FolderStamp: Equatable, Sendable {
    /// Name, size and time of change of every entry, sorted.
    private var entries: [String]
    /// When it or anything in it last changed; the beginning of time where there is no folder.
    public private(set) var latest: WallTime

    /// True while somebody may still be writing: something changed less than `time` before `now`.
    ///
    /// What was changed in the future was changed by a clock that has been set back since.
    public func isFresh(at now: WallTime, within time: Interval) -> Bool {
        now - latest < time && latest <= now
    }

    private static let entryLimit = 1_000

    /// Looks at the folder at `path`; one that is not there looks empty.
    public init(path: String) {
        entries = []
        latest = WallTime(nanoseconds: 0)
        guard let folder = opendir(path) else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder), entries.count < Self.entryLimit {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".." else { continue }
            var status = stat()
            guard stat("\(path)/\(name)", &status) == 0 else { continue }
            // The time of change cannot be set by whoever copies, as that of modification can.
            let time = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
            latest = max(latest, WallTime(nanoseconds: time))
            // One that was just made waits for its files.
            if name == "." { continue }
            entries.append("\(name) \(status.st_size) \(time)")
        }
        entries.sort()
    }
}
