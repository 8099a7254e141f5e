// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

/// The pages of a store that SQLite cannot read any more, and of its write-ahead log.
///
/// A page may be there more than once: in the file and in frames of the log. Layouts: SQLite's "Database
/// File Format", sections 1.3 and 4.
final class DamagedFile {
    static let pageSize = SpoolFile.pageSize

    let pageCount: Int
    /// How many pages the file's header says there are; 0 when it says nothing sensible.
    let statedPages: Int
    private let file: Int32
    private let log: [UInt8]
    /// Where a page's images begin in the log, the oldest first.
    private var frames: [Int: [Int]] = [:]

    init(path: String) {
        file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        log = (try? Data(contentsOf: URL(filePath: path + "-wal"))).map { [UInt8]($0) } ?? []
        var highest = ((SpoolFile.size(of: path) ?? 0) + Self.pageSize - 1) / Self.pageSize
        for frame in WriteAheadLog.frames(log) where frame.page > 0 {
            frames[frame.page, default: []].append(frame.start)
            // No spool is larger than SQLite's 2^32 pages; a damaged number is not believed.
            if frame.page <= highest + log.count / Self.pageSize {
                highest = max(highest, frame.page)
            }
        }
        pageCount = highest
        var header = [UInt8](repeating: 0, count: 100)
        let read = file < 0 ? 0 : pread(file, &header, 100, 0)
        let stated = header[28..<32].reduce(0) { $0 << 8 | Int($1) }
        statedPages = read == 100 && stated < 1 << 24 ? stated : 0
    }

    deinit {
        if file >= 0 { Glibc.close(file) }
    }

    /// The newest image of a page first; the file's own is the last, short of bytes where the file is cut.
    func images(of page: Int) -> [[UInt8]] {
        var images = (frames[page] ?? []).reversed().map { start in
            Array(log[start..<(start + Self.pageSize)])
        }
        if let image = readPage(page) { images.append(image) }
        return images
    }

    /// The newest image of a page.
    func page(_ page: Int) -> [UInt8]? {
        if let start = frames[page]?.last { return Array(log[start..<(start + Self.pageSize)]) }
        return readPage(page)
    }

    private func readPage(_ page: Int) -> [UInt8]? {
        guard file >= 0, page > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Self.pageSize)
        let count = pread(file, &bytes, Self.pageSize, (page - 1) * Self.pageSize)
        return count > 0 ? bytes : nil
    }
}
