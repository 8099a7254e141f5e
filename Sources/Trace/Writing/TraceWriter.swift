// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Writes a trace of bounded size, away from the path of every message.
///
/// Any thread may append: the line joins a list in memory, under a lock that is held for that only.
/// `flush`, called a few times a second by the gateway's housekeeping, takes the whole list, makes text
/// of it and writes it. When the list is full, or the file cannot be written, lines are left out and
/// counted; nobody ever waits. On disk the trace keeps to its limit by giving up its oldest file.
public final class TraceWriter<Entry: TraceEntry>: Sendable {
    private struct Waiting {
        var entries: [Entry] = []
        var weight = 0
    }

    private struct Disk {
        var file: TraceFile
        var text: [UInt8] = []
    }

    /// What has become of the lines so far.
    public struct Tally: Equatable, Sendable {
        /// Lines written.
        public var written = 0
        /// Bytes written, those of files given up since included.
        public var bytes = 0
        /// Lines left out, because the list was full or the file could not be written.
        public var leftOut = 0
        /// Why the file cannot be written, while that is so.
        public var failure: String?
    }

    /// The trace's path; earlier files have `.1`, `.2` … added.
    public let path: String
    /// What every file begins with.
    public let header: TraceHeader
    private let weightLimit: Int
    // Two locks, so that a lane that appends never waits for the disk.
    private let waiting = Mutex(Waiting())
    private let disk: Mutex<Disk>
    private let count = Mutex(Tally())

    /// Makes a writer of a trace at `path` that keeps at most `sizeLimit` bytes on disk in `fileCount` files.
    ///
    /// Nothing is opened before the first `flush`. At most about `memoryLimit` bytes wait in memory.
    public init(
        path: String,
        header: TraceHeader,
        sizeLimit: Int,
        fileCount: Int = 4,
        memoryLimit: Int = 16 << 20
    ) {
        self.path = path
        var header = header
        header.scope = Entry.scope
        self.header = header
        weightLimit = memoryLimit
        disk = Mutex(
            Disk(file: TraceFile(path: path, sizeLimit: sizeLimit, fileCount: fileCount))
        )
    }

    /// What has become of the lines so far.
    public var tally: Tally { count.withLock { $0 } }

    /// Adds a line; never blocks on the disk.
    public func append(_ entry: Entry) {
        let weight = entry.line.weight
        let isKept = waiting.withLock { waiting in
            guard waiting.weight + weight <= weightLimit else { return false }
            waiting.entries.append(entry)
            waiting.weight += weight
            return true
        }
        if !isKept { count.withLock { $0.leftOut += 1 } }
    }

    /// Writes what has gathered; blocks on the disk.
    public func flush() {
        disk.withLock { disk in
            let waiting = self.waiting.withLock { waiting in
                let taken = waiting
                waiting = Waiting()
                return taken
            }
            write(waiting.entries, to: &disk)
        }
    }

    /// Writes what has gathered and closes the file; a later `flush` opens it again.
    public func close() {
        flush()
        disk.withLock { $0.file.close() }
    }

    private func write(_ entries: [Entry], to disk: inout Disk) {
        var written = 0
        var pending = 0
        do throws(TraceFile.Failure) {
            if !disk.file.isOpen { try open(&disk) }
            for entry in entries {
                let start = disk.text.count
                entry.line.write(into: &disk.text)
                if disk.file.isFull(with: disk.text.count), pending > 0 || disk.file.size > 0 {
                    let last = Array(disk.text[start...])
                    disk.text.removeSubrange(start...)
                    try put(&disk, lines: pending, &written)
                    pending = 0
                    try disk.file.rotate()
                    TraceLine.header(header).write(into: &disk.text)
                    disk.text.append(contentsOf: last)
                }
                pending += 1
                if disk.text.count > 1 << 20 {
                    try put(&disk, lines: pending, &written)
                    pending = 0
                }
            }
            try put(&disk, lines: pending, &written)
            count.withLock { $0.failure = nil }
        } catch {
            disk.text.removeAll()
            disk.file.close()
            let leftOut = entries.count - written
            count.withLock { tally in
                tally.failure = error.message
                tally.leftOut += leftOut
            }
        }
    }

    /// Opens the file; one that another recording has left goes on with a header of its own.
    private func open(_ disk: inout Disk) throws(TraceFile.Failure) {
        try disk.file.open()
        TraceLine.header(header).write(into: &disk.text)
    }

    private func put(
        _ disk: inout Disk,
        lines: Int,
        _ written: inout Int
    ) throws(TraceFile.Failure) {
        guard !disk.text.isEmpty else { return }
        let bytes = disk.text.count
        try disk.file.write(disk.text[...])
        disk.text.removeAll(keepingCapacity: bytes < 4 << 20)
        written += lines
        count.withLock { tally in
            tally.written += lines
            tally.bytes += bytes
        }
    }
}

extension TraceLine {
    /// About how many bytes of memory it holds.
    var weight: Int {
        guard case .decision(let decision) = self else { return 512 }
        return decision.fields.reduce(1_024) { weight, field in
            switch field.value {
            case .samples(let samples): weight + 48 + samples.count * 8
            case .text(let text): weight + 64 + text.utf8.count
            case .absent, .number, .flag: weight + 48
            }
        }
    }
}
