// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

// Fuzz target of whole traces and files of labels, for libFuzzer (see run.sh). The first byte of an input chooses which
// it is. Compiled into one module with the readers.

/// A file without a name.
private let file: Int32 = {
    var name = Array("/tmp/sluice-fuzz-XXXXXX".utf8CString)
    let file = mkstemp(&name)
    unlink(name)
    return file
}()
private let path = "/proc/self/fd/\(file)"

private func readTrace(skipsDecisions: Bool) throws(Diagnostic) {
    let reader = try TraceReader(
        paths: [path],
        lineLimit: 1 << 12,
        skipsDecisions: skipsDecisions
    )
    while try reader.next() != nil {}
}

/// Reads one input; libFuzzer calls it on one thread.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    guard ftruncate(file, 0) == 0, pwrite(file, start + 1, count - 1, 0) == count - 1 else {
        fatalError("the target's own file")
    }
    do throws(Diagnostic) {
        switch start[0] % 4 {
        case 0, 1: try readTrace(skipsDecisions: start[0] % 4 == 1)
        default:
            let labels = try TraceLabels.read(path: path, limit: 8)
            if labels.count > 8 { fatalError("more labels than wanted") }
        }
    } catch {
        if error.message.isEmpty { fatalError("every error says what is wrong") }
    }
    return 0
}
