// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The lines of one file, read in pieces: at most one line and one piece are in memory.
struct LineSource {
    /// Why a line cannot be had.
    enum Fault: Error {
        case unreadable(String)
        case tooLong
    }

    /// One line of `buffer`, without its break.
    struct Line {
        var range: Range<Int>
        /// False for the last line of a file that does not end with a line break.
        var isWhole: Bool
    }

    private static let piece = 256 << 10

    private let descriptor: Int32
    private let limit: Int
    private(set) var buffer: [UInt8] = []
    private var block = [UInt8](repeating: 0, count: piece)
    private var position = 0
    private var hasEnded = false

    init(descriptor: Int32, limit: Int) {
        self.descriptor = descriptor
        self.limit = limit
    }

    /// The next line, valid until the next call; nil at the end.
    mutating func next() throws(Fault) -> Line? {
        var searched = position
        while true {
            if let end = lineBreak(from: searched) {
                let line = Line(range: position..<end, isWhole: true)
                guard line.range.count <= limit else { throw .tooLong }
                position = end + 1
                return line
            }
            guard buffer.count - position <= limit else { throw .tooLong }
            searched = buffer.count
            if hasEnded {
                guard position < buffer.count else { return nil }
                let line = Line(range: position..<buffer.count, isWhole: false)
                position = buffer.count
                return line
            }
            searched -= try fill()
        }
    }

    private func lineBreak(from start: Int) -> Int? {
        guard start < buffer.count else { return nil }
        return buffer.withUnsafeBytes { bytes -> Int? in
            guard let base = bytes.baseAddress,
                let found = memchr(base + start, 0x0A, bytes.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// Reads a piece; how many bytes before it were let go.
    private mutating func fill() throws(Fault) -> Int {
        let gone = position
        if gone > 0 {
            buffer.removeSubrange(..<gone)
            position = 0
        }
        var count = -1
        repeat {
            count = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        } while count < 0 && errno == EINTR
        guard count >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
        buffer.append(contentsOf: block[..<count])
        hasEnded = count == 0
        return gone
    }
}
