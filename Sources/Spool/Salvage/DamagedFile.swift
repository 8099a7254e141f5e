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

/// The frames of a write-ahead log.
enum WriteAheadLog {
    struct Frame {
        var page: Int
        /// Where the page's bytes begin.
        var start: Int
        /// True for the last frame of a transaction.
        var isCommit: Bool
        var salt: UInt64
    }

    private static let headerSize = 32
    private static let frameSize = 24 + SpoolFile.pageSize

    /// All frames of the log's present round, whatever their checksums say.
    static func frames(_ log: [UInt8]) -> [Frame] {
        let all = allFrames(log)
        guard log.count >= headerSize, let first = all.first else { return [] }
        var salt = word(log, 16) << 32 | word(log, 20)
        // A damaged header names no frame: then the round is that of the first two that agree.
        if first.salt != salt, all.count < 2 || all[1].salt == first.salt { salt = first.salt }
        return all.filter { $0.salt == salt }
    }

    /// True when something in the middle of the log is damaged, so that SQLite, which stops reading there,
    /// would lose transactions that were on disk.
    ///
    /// Each transaction was on disk before the next one began. So two ends of transactions in a row of
    /// frames that fit each other, from the damage on, prove it. With one only, it may as well be what a
    /// power cut left of the last transaction, or what a failed commit left before it was overwritten.
    static func isDamaged(_ log: [UInt8]) -> Bool {
        let all = allFrames(log)
        guard !all.isEmpty else { return false }
        var sum = Checksum(isBigEndian: word(log, 0) & 1 == 1)
        sum.add(log, 0..<24)
        guard sum.first == word(log, 24), sum.second == word(log, 28) else {
            // SQLite takes a log with such a header for an empty one.
            return max(ends(log, all[0...]), ends(log, all[1...])) > 0
        }
        let salt = word(log, 16) << 32 | word(log, 20)
        let bad = all.firstIndex { frame in
            guard frame.salt == salt else { return true }
            sum.add(log, frame)
            return !sum.fits(log, frame)
        }
        guard let bad else { return false }
        let isOfThisRound = all[bad...].prefix(2).contains { $0.salt == salt }
        return isOfThisRound
            && max(ends(log, all[bad...]), ends(log, all[(bad + 1)...])) > 1
    }

    /// How many transactions end among frames that follow from the first one's checksum.
    private static func ends(_ log: [UInt8], _ frames: ArraySlice<Frame>) -> Int {
        guard let first = frames.first else { return 0 }
        var sum = Checksum(isBigEndian: word(log, 0) & 1 == 1, after: first, log)
        var count = first.isCommit ? 1 : 0
        for frame in frames.dropFirst() where frame.salt == first.salt {
            sum.add(log, frame)
            guard sum.fits(log, frame) else { break }
            count += frame.isCommit ? 1 : 0
        }
        return count
    }

    private static func allFrames(_ log: [UInt8]) -> [Frame] {
        var frames: [Frame] = []
        var place = headerSize
        while place + frameSize <= log.count {
            frames.append(
                Frame(
                    page: Int(word(log, place)),
                    start: place + 24,
                    isCommit: word(log, place + 4) != 0,
                    salt: word(log, place + 8) << 32 | word(log, place + 12)
                )
            )
            place += frameSize
        }
        return frames
    }

    private static func word(_ bytes: [UInt8], _ place: Int) -> UInt64 {
        (0..<4).reduce(0) { $0 << 8 | UInt64(bytes[place + $1]) }
    }

    /// The log's checksum (section 4.2): two running sums of 32-bit words.
    private struct Checksum {
        let isBigEndian: Bool
        private var one: UInt32 = 0
        private var two: UInt32 = 0

        init(isBigEndian: Bool) {
            self.isBigEndian = isBigEndian
        }

        /// As it was after `frame`, by what the frame says.
        init(isBigEndian: Bool, after frame: Frame, _ log: [UInt8]) {
            self.isBigEndian = isBigEndian
            one = UInt32(truncatingIfNeeded: WriteAheadLog.word(log, frame.start - 8))
            two = UInt32(truncatingIfNeeded: WriteAheadLog.word(log, frame.start - 4))
        }

        mutating func add(_ log: [UInt8], _ frame: Frame) {
            add(log, (frame.start - 24)..<(frame.start - 16))
            add(log, frame.start..<(frame.start + SpoolFile.pageSize))
        }

        func fits(_ log: [UInt8], _ frame: Frame) -> Bool {
            first == WriteAheadLog.word(log, frame.start - 8)
                && second == WriteAheadLog.word(log, frame.start - 4)
        }

        var first: UInt64 { UInt64(one) }
        var second: UInt64 { UInt64(two) }

        mutating func add(_ bytes: [UInt8], _ range: Range<Int>) {
            bytes.withUnsafeBytes { bytes in
                for place in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
                    let a = bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)
                    let b = bytes.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self)
                    one &+= (isBigEndian ? a.bigEndian : a.littleEndian) &+ two
                    two &+= (isBigEndian ? b.bigEndian : b.littleEndian) &+ one
                }
            }
        }
    }
}
