// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The files of one trace on disk: `<path>`, and what was written before it as `<path>.1` and so on.
///
/// Readable by their owner alone. Belongs to one thread at a time. Never synced: a power cut can cost the
/// last lines. A line that a crash cut off is taken back before anything is added after it.
struct TraceFile {
    /// Why a file cannot be written.
    struct Failure: Error {
        var message: String
    }

    let path: String
    /// What one file may hold before the next begins.
    let fileLimit: Int
    /// How many files there are at most.
    let fileCount: Int
    private(set) var size = 0
    private var descriptor: Int32 = -1

    init(path: String, sizeLimit: Int, fileCount: Int) {
        self.path = path
        self.fileCount = max(1, fileCount)
        fileLimit = max(1, sizeLimit / self.fileCount)
    }

    var isOpen: Bool { descriptor >= 0 }

    /// True when there is no room for `count` more bytes.
    func isFull(with count: Int) -> Bool { size + count > fileLimit }

    /// Opens the file and goes to the end of its last whole line.
    mutating func open() throws(Failure) {
        let flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW
        descriptor = Glibc.open(path, flags, 0o600)
        guard descriptor >= 0 else { throw failure() }
        var attributes = stat()
        guard fstat(descriptor, &attributes) == 0, attributes.st_mode & S_IFMT == S_IFREG else {
            close()
            throw Failure(message: "\(path) is no regular file")
        }
        guard fchmod(descriptor, 0o600) == 0 else {
            let failure = failure()
            close()
            throw failure
        }
        size = Int(attributes.st_size)
        guard size == 0 || beginsLikeATrace else {
            close()
            throw Failure(message: "\(path) is there already and is no trace")
        }
        takeBackTornLine()
    }

    private var beginsLikeATrace: Bool {
        let head = Array("{\"trace\":".utf8)
        var bytes = [UInt8](repeating: 0, count: head.count)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        return count == head.count && bytes == head
    }

    /// Makes the present file the newest of the earlier ones, and the oldest go; opens a new one.
    mutating func rotate() throws(Failure) {
        close()
        if fileCount == 1 {
            unlink(path)
        } else {
            for number in stride(from: fileCount - 2, through: 1, by: -1) {
                rename("\(path).\(number)", "\(path).\(number + 1)")
            }
            rename(path, "\(path).1")
        }
        try open()
    }

    mutating func write(_ bytes: ArraySlice<UInt8>) throws(Failure) {
        var rest = bytes
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                let failure = failure()
                takeBackTornLine()
                throw failure
            }
            size += written
            rest = rest.dropFirst(written)
        }
    }

    mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
        size = 0
    }

    /// Cuts the file after its last line break.
    private mutating func takeBackTornLine() {
        var end = size
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while end > 0 {
            let start = max(0, end - block.count)
            let count = block.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress, end - start, off_t(start))
            }
            guard count == end - start else { return }
            if let last = block[..<count].lastIndex(of: UInt8(ascii: "\n")) {
                let whole = start + last + 1
                if whole < size, ftruncate(descriptor, off_t(whole)) == 0 { size = whole }
                return
            }
            end = start
        }
        if size > 0, ftruncate(descriptor, 0) == 0 { size = 0 }
    }

    private func failure() -> Failure {
        Failure(message: "\(path): \(String(cString: strerror(errno)))")
    }
}
