// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Appends decisions as JSON lines to a file of bounded size, outside the path of every message.
///
/// Any thread may append: the line joins a buffer in memory, and `flush` (called by a thread of the
/// gateway's a few times a second, and when half a MiB has gathered) writes it out; appending never
/// waits for the disk. The file is never synced: a power cut can cost the last lines of this log, and
/// nothing else. A line that was cut off is ended, so that the next one stands by itself, and counted. When the file reaches its limit it becomes `<path>.1`, replacing the one before. When
/// the buffer is full (8 MiB, which only a disk that stands still brings about), lines are left out and
/// counted; so is a line longer than `lineLimit`.
public final class DecisionLog: Sendable {
    /// The most bytes a line may have.
    public static let lineLimit = 64 << 10

    private struct Gathered {
        var buffer: [UInt8] = []
        /// True from the moment somebody was asked to write until it is written.
        var isAsked = false
        var leftOut = 0
        var torn = 0
        var failure: String?
    }

    private struct File {
        var descriptor: Int32 = -1
        var size = 0
        /// True when the file ends within a line.
        var isTorn = false
        /// What is being written; its room is used again.
        var buffer: [UInt8] = []
    }

    private let path: String
    private let sizeLimit: Int
    private let bufferLimit: Int
    private let flushSize: Int
    private let onMuch: @Sendable () -> Void
    // Held by those who append; never while the disk is asked for anything.
    private let gathered = Mutex(Gathered())
    // Held while the file is written, which one thread at a time does.
    private let file = Mutex(File())

    /// Makes a log at `path` that keeps at most twice `sizeLimit` bytes on disk.
    ///
    /// `onMuch` is called once `flushSize` bytes wait to be written, by the thread that appended the
    /// last of them: it is to see that another one calls `flush` soon.
    public init(
        path: String,
        sizeLimit: Int,
        bufferLimit: Int = 8 << 20,
        flushSize: Int = 512 << 10,
        onMuch: @escaping @Sendable () -> Void = {}
    ) {
        self.path = path
        self.sizeLimit = sizeLimit
        self.bufferLimit = bufferLimit
        self.flushSize = flushSize
        self.onMuch = onMuch
    }

    /// How many lines were left out because the buffer was full or the file could not be written.
    public var leftOut: Int { gathered.withLock { $0.leftOut } }

    /// How many lines that an earlier run had not written to their ends were found.
    public var torn: Int { gathered.withLock { $0.torn } }

    /// Why the file cannot be written, while that is so.
    public var failure: String? { gathered.withLock { $0.failure } }

    /// Adds one line; `json` has no line break of its own.
    public func append(_ json: some Collection<UInt8>) {
        let isMuch = gathered.withLock { gathered in
            guard json.count <= Self.lineLimit, gathered.buffer.count + json.count < bufferLimit
            else {
                gathered.leftOut += 1
                return false
            }
            gathered.buffer.append(contentsOf: json)
            gathered.buffer.append(UInt8(ascii: "\n"))
            guard !gathered.isAsked, gathered.buffer.count >= flushSize else { return false }
            gathered.isAsked = true
            return true
        }
        if isMuch { onMuch() }
    }

    /// Writes what has gathered to the file; blocks.
    public func flush() {
        file.withLock { file in
            gathered.withLock { gathered in
                swap(&gathered.buffer, &file.buffer)
                gathered.isAsked = false
            }
            guard !file.buffer.isEmpty else { return }
            let isNew = file.descriptor < 0
            if isNew, Self.open(&file, path) == nil, file.isTorn {
                gathered.withLock { $0.torn += 1 }
            }
            let (failure, lost) = Self.write(&file, path: path, sizeLimit: sizeLimit)
            file.buffer.removeAll(keepingCapacity: true)
            gathered.withLock { gathered in
                gathered.failure = failure
                gathered.leftOut += lost
            }
        }
    }

    /// Writes the file's buffer; why that failed, and how many lines were lost by it.
    private static func write(
        _ file: inout File,
        path: String,
        sizeLimit: Int
    ) -> (failure: String?, lost: Int) {
        var failure: String?
        var rest = file.buffer[...]
        if file.descriptor < 0 { failure = open(&file, path) }
        if failure == nil, file.size > 0, file.size + rest.count > sizeLimit {
            close(file.descriptor)
            file.descriptor = -1
            rename(path, path + ".1")
            failure = open(&file, path)
        }
        if failure == nil, file.isTorn {
            rest.insert(UInt8(ascii: "\n"), at: rest.startIndex)
        }
        while failure == nil, !rest.isEmpty {
            let written = rest.withUnsafeBytes {
                Glibc.write(file.descriptor, $0.baseAddress, $0.count)
            }
            if written > 0 {
                file.size += written
                file.isTorn = rest[rest.startIndex + written - 1] != UInt8(ascii: "\n")
                rest = rest.dropFirst(written)
            } else if errno != EINTR {
                failure = String(cString: strerror(errno))
            }
        }
        return (failure, rest.count { $0 == UInt8(ascii: "\n") })
    }

    private static func open(_ file: inout File, _ path: String) -> String? {
        file.descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard file.descriptor >= 0 else { return String(cString: strerror(errno)) }
        file.size = Int(lseek(file.descriptor, 0, SEEK_END))
        var last = UInt8(ascii: "\n")
        if file.size > 0 { pread(file.descriptor, &last, 1, off_t(file.size - 1)) }
        file.isTorn = last != UInt8(ascii: "\n")
        return nil
    }
}
