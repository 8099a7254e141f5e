// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The lines of a file or of standard input, one after the other, each of bounded length.
final class LineSource {
    /// One line without its end.
    enum Line {
        case text([UInt8])
        /// More than ``LineSource/longest`` bytes, which were passed over.
        case tooLong
    }

    /// The most bytes of a line.
    static let longest = 1 << 24

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var position = 0
    private var isAtEnd = false

    /// Opens `path`, or standard input for `-`; nil where that cannot be read.
    init?(path: String) {
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        guard fill() else { return nil }
    }

    deinit {
        if descriptor > STDIN_FILENO { close(descriptor) }
    }

    /// The next line, or nil at the end.
    func next() -> Line? {
        var line: [UInt8] = []
        var isTooLong = false
        while true {
            let end = buffer[position...].firstIndex(of: 0x0A)
            if line.count + (end ?? buffer.count) - position > Self.longest {
                isTooLong = true
            } else if !isTooLong {
                line += buffer[position..<(end ?? buffer.count)]
            }
            let wasEmpty = position == buffer.count
            position = end.map { $0 + 1 } ?? buffer.count
            if end != nil { return isTooLong ? .tooLong : .text(line) }
            guard !isAtEnd, fill() else {
                let isNothing = line.isEmpty && wasEmpty && !isTooLong
                return isNothing ? nil : isTooLong ? .tooLong : .text(line)
            }
        }
    }

    /// Reads on; false where reading fails.
    private func fill() -> Bool {
        var hasFailed = false
        buffer = [UInt8](unsafeUninitializedCapacity: 1 << 16) { bytes, count in
            var taken: Int
            repeat {
                taken = read(descriptor, bytes.baseAddress, bytes.count)
            } while taken < 0 && errno == EINTR
            hasFailed = taken < 0
            count = max(0, taken)
        }
        position = 0
        isAtEnd = buffer.isEmpty
        return !hasFailed
    }
}
