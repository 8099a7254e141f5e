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

    /// A page as it was at some time.
    struct Image {
        var bytes: [UInt8]
        /// False for one of the log that is damaged, or whose transaction did not end.
        var isWhole: Bool
        /// Where in the log the transaction that wrote it ends; before all of it for the file's own.
        var moment: Int
    }

    let pageCount: Int
    /// How many pages the file's header says there are; 0 when it says nothing sensible.
    let statedPages: Int
    private let file: Int32
    private let log: [UInt8]
    /// True when a frame of the log is in doubt.
    private(set) var isInDoubt = false
    /// The log's frames, the oldest first.
    private let order: [WriteAheadLog.Frame]
    /// A page's images in the log, the oldest first.
    private var frames: [Int: [WriteAheadLog.Frame]] = [:]

    init(path: String) {
        file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        log = (try? Data(contentsOf: URL(filePath: path + "-wal"))).map { [UInt8]($0) } ?? []
        var highest = ((SpoolFile.size(of: path) ?? 0) + Self.pageSize - 1) / Self.pageSize
        order = WriteAheadLog.frames(log)
        for frame in order {
            if !frame.isWhole { isInDoubt = true }
            guard frame.page > 0 else { continue }
            frames[frame.page, default: []].append(frame)
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

    /// True when the log holds any page.
    var hasLog: Bool { !order.isEmpty }

    /// The newest image of a page first; the file's own is the last, short of bytes where the file is cut.
    func images(of page: Int) -> [Image] {
        var images = (frames[page] ?? []).reversed().map(image)
        if let image = readImage(page) { images.append(image) }
        return images
    }

    /// Hands over all images of all pages, the newest first.
    func eachImage(_ body: (Int, Image) throws -> Void) rethrows {
        for frame in order.reversed() { try body(frame.page, image(frame)) }
        for page in stride(from: 1, through: pageCount, by: 1) {
            if let image = readImage(page) { try body(page, image) }
        }
    }

    /// The newest image of a page.
    func page(_ page: Int) -> [UInt8]? {
        if let frame = frames[page]?.last { return bytes(frame) }
        return readPage(page)
    }

    /// The page as it was at `moment`, without what is in doubt.
    func page(_ page: Int, at moment: Int) -> [UInt8]? {
        let frame = frames[page]?.last { $0.isWhole && $0.start <= moment }
        return frame.map(bytes) ?? readPage(page)
    }

    private func image(_ frame: WriteAheadLog.Frame) -> Image {
        Image(bytes: bytes(frame), isWhole: frame.isWhole, moment: frame.end)
    }

    private func readImage(_ page: Int) -> Image? {
        readPage(page).map { Image(bytes: $0, isWhole: true, moment: -1) }
    }

    private func bytes(_ frame: WriteAheadLog.Frame) -> [UInt8] {
        Array(log[frame.start..<(frame.start + Self.pageSize)])
    }

    private func readPage(_ page: Int) -> [UInt8]? {
        guard file >= 0, page > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Self.pageSize)
        let count = pread(file, &bytes, Self.pageSize, (page - 1) * Self.pageSize)
        return count > 0 ? bytes : nil
    }
}
