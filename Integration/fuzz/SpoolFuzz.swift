// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Zstd

// Fuzz target of what the spool reads of damaged files, for libFuzzer (see run.sh): pages and the log of a broken
// store, compressed contents, the names inside a seal. The first byte of an input chooses. Compiled into one module with the
// readers; GRDB is a stand-in with the one type they use.

enum ContentCodec {
    static let largestContent = 1 << 16
}

enum SpoolFile {
    // The log's frames hold a page each: small ones, so that an input has several.
    static let pageSize = 64
}

private let pageSize = 512
nonisolated(unsafe) private let codec = ZstdCodec()

private func readPages(_ bytes: [UInt8], isFirst: Bool) {
    var pages: [[UInt8]] = []
    for start in stride(from: 0, to: bytes.count, by: pageSize) {
        let page = bytes[start..<min(start + pageSize, bytes.count)]
        pages.append(page + [UInt8](repeating: 0, count: pageSize - page.count))
    }
    guard let first = pages.first else { return }
    let found = FoundPage(first, isFirst: isFirst) { number in
        pages.indices.contains(number - 1) ? pages[number - 1] : nil
    }
    for record in found?.records ?? [] {
        _ = record.shape
        for index in 0...record.values.count {
            _ = record.integer(index)
            _ = record.text(index)
        }
    }
}

private func readContent(_ bytes: [UInt8]) {
    guard let codec else { return }
    if let content = try? codec.expanded(bytes, limit: 4_096), content.count > 4_096 {
        fatalError("more than the limit")
    }
    guard let frame = codec.compressed(bytes) else { return }
    guard (try? codec.expanded(frame, limit: bytes.count)) == bytes else {
        fatalError("what was compressed comes back")
    }
    if bytes.count > 0, (try? codec.expanded(frame, limit: bytes.count - 1)) != nil {
        fatalError("more than the limit")
    }
}

private func readNames(_ bytes: [UInt8]) {
    var rest = bytes
    guard let names = rest.removeNames(2) else { return }
    guard names.count == 2, rest.count <= bytes.count - 4 else { fatalError("two names") }
    var written = [UInt8](names: names) + rest
    guard written.removeNames(2) == names, written == rest else {
        fatalError("what was written comes back")
    }
}

private func readSum(_ bytes: [UInt8], cut: Int) {
    var whole = CRC32C()
    whole.add(bytes)
    var parts = CRC32C()
    let cut = cut % (bytes.count + 1)
    parts.add(Array(bytes[..<cut]))
    parts.add(Array(bytes[cut...]))
    if whole.value != parts.value { fatalError("a sum depends on how it is taken") }
}

/// Reads one input; libFuzzer calls it on one thread.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    switch start[0] % 8 {
    case 0...3: readPages(bytes, isFirst: start[0] >= 128)
    case 4:
        _ = WriteAheadLog.frames(bytes)
        _ = WriteAheadLog.isDamaged(bytes)
    case 5: readContent(bytes)
    case 6: readNames(bytes)
    default: readSum(bytes, cut: Int(start[0] / 8))
    }
    return 0
}
