// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The frames of a write-ahead log.
enum WriteAheadLog {
    struct Frame {
        var page: Int
        /// Where the page's bytes begin.
        var start: Int
        /// True for the last frame of a transaction.
        var isCommit: Bool
        var salt: UInt64
        /// True when its checksum fits and its transaction ended: nothing about it is in doubt.
        var isWhole = false
        /// Where the last frame of its transaction has its page; its own where the end is not there.
        var end = 0
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
        // Those of an earlier round are all behind it: what stands between its frames is damaged.
        guard let last = all.lastIndex(where: { $0.salt == salt }) else { return [] }
        return judged(Array(all[...last]), log)
    }

    /// The same, and which of them are whole.
    private static func judged(_ frames: [Frame], _ log: [UInt8]) -> [Frame] {
        let isBigEndian = Self.isBigEndian(frames, log)
        var frames = frames
        var end: Int?
        for index in frames.indices.reversed() {
            if frames[index].isCommit { end = frames[index].start }
            frames[index].end = end ?? frames[index].start
            let fits =
                index > 0
                ? follows(frames[index], frames[index - 1], log, isBigEndian)
                : isFirst(frames[0], log, isBigEndian)
            frames[index].isWhole = end != nil && fits
        }
        return frames
    }

    /// How checksums count: as the header says, unless the frames say that this bit of it is damaged.
    private static func isBigEndian(_ frames: [Frame], _ log: [UInt8]) -> Bool {
        let stated = word(log, 0) & 1 == 1
        guard frames.count > 1, !isFirst(frames[0], log, stated),
            follows(frames[1], frames[0], log, !stated)
        else { return stated }
        return !stated
    }

    private static func isFirst(_ frame: Frame, _ log: [UInt8], _ isBigEndian: Bool) -> Bool {
        var sum = Checksum(isBigEndian: isBigEndian, word(log, 24), word(log, 28))
        sum.add(log, frame)
        return sum.fits(log, frame)
    }

    private static func follows(
        _ frame: Frame,
        _ before: Frame,
        _ log: [UInt8],
        _ isBigEndian: Bool
    ) -> Bool {
        var sum = Checksum(
            isBigEndian: isBigEndian,
            word(log, before.start - 8),
            word(log, before.start - 4)
        )
        sum.add(log, frame)
        return sum.fits(log, frame)
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
            return mostEnds(log, frames(log)[...]) > 0
        }
        let salt = word(log, 16) << 32 | word(log, 20)
        let bad = all.firstIndex { frame in
            guard frame.salt == salt else { return true }
            sum.add(log, frame)
            return !sum.fits(log, frame)
        }
        guard let bad else { return false }
        // Frames of an earlier round that were not written over yet lie behind those of this one.
        return mostEnds(log, all[bad...].filter { $0.salt == salt }[...]) > 1
    }

    /// How many pages at the log's end SQLite leaves out without a word, because they do not fit.
    ///
    /// What a power cut left of the last transaction, which nobody was told is stored; or what the disk changed
    /// of one that was. Which it is cannot be told. Whole pages of a transaction without its end are not counted:
    /// a kill leaves such. Pages of an earlier round agree with the log's header in neither half of their salt;
    /// one damaged in its salt agrees in the other half.
    static func cutPages(_ log: [UInt8]) -> Int {
        let all = allFrames(log)
        guard !all.isEmpty else { return 0 }
        var sum = Checksum(isBigEndian: word(log, 0) & 1 == 1)
        sum.add(log, 0..<24)
        // With such a header SQLite leaves out all of them.
        guard sum.first == word(log, 24), sum.second == word(log, 28) else {
            return frames(log).count
        }
        let salt = word(log, 16) << 32 | word(log, 20)
        let bad = all.firstIndex { frame in
            guard frame.salt == salt else { return true }
            sum.add(log, frame)
            return !sum.fits(log, frame)
        }
        let isOfRound = { (other: UInt64) in
            other >> 32 == salt >> 32 || other & 0xFFFF_FFFF == salt & 0xFFFF_FFFF
        }
        let cut = bad.map { bad in all[bad...].count { isOfRound($0.salt) } } ?? 0
        // A page of which the front alone is there.
        let rest = headerSize + all.count * frameSize
        let hasPart = log.count >= rest + 16
        let part = hasPart && isOfRound(word(log, rest + 8) << 32 | word(log, rest + 12))
        return cut + (part ? 1 : 0)
    }

    /// How many transactions end in one row of frames that each follow from the one before, at the most.
    private static func mostEnds(_ log: [UInt8], _ frames: ArraySlice<Frame>) -> Int {
        let isBigEndian = word(log, 0) & 1 == 1
        var most = 0
        var count = 0
        var before: Frame?
        for frame in frames {
            if let before, before.start + frameSize == frame.start {
                if !follows(frame, before, log, isBigEndian) { count = 0 }
            } else {
                count = 0
            }
            count += frame.isCommit ? 1 : 0
            most = max(most, count)
            before = frame
        }
        return most
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
        private var one: UInt32
        private var two: UInt32

        /// Goes on from two sums.
        init(isBigEndian: Bool, _ one: UInt64 = 0, _ two: UInt64 = 0) {
            self.isBigEndian = isBigEndian
            self.one = UInt32(truncatingIfNeeded: one)
            self.two = UInt32(truncatingIfNeeded: two)
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
