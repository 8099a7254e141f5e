// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

// Fuzz target of the tables that people hand over, for libFuzzer (see run.sh): comma-separated values to be scored, and
// rows of a notebook to tune on. The first byte of an input chooses. Compiled into one module with the readers.

private func score(_ bytes: ArraySlice<UInt8>, cut: Int, isTimed: Bool) -> ([UInt8], Int, Int) {
    let columns = CSVScoring.Columns(values: isTimed ? ["v"] : [], time: isTimed ? "t" : nil)
    var scoring = CSVScoring(DetectorSettings(.robustZ), columns: columns) { fault in
        if fault.message.isEmpty || fault.line < 1 { fatalError("every fault says where and what") }
    }
    var output: [UInt8] = []
    do throws(CSVScoring.Fault) {
        try scoring.feed(bytes.prefix(cut), into: &output)
        try scoring.feed(bytes.dropFirst(cut), into: &output)
        try scoring.finish(into: &output)
    } catch {
        if error.message.isEmpty || error.line < 1 { fatalError("every fault says where and what") }
        return ([], 0, 0)
    }
    return (output, scoring.rows, scoring.badRows)
}

/// Reads one input; libFuzzer calls it on one thread.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    let choice = Int(start[0])
    guard choice % 4 == 0 else {
        let rows = try? SampleRows(parsing: bytes, file: "f")
        _ = try? rows?.samples(file: "f")
        return 0
    }
    let isTimed = choice % 8 == 0
    let whole = score(bytes[...], cut: 0, isTimed: isTimed)
    guard score(bytes[...], cut: choice / 8 * bytes.count / 32, isTimed: isTimed) == whole else {
        fatalError("scores depend on how the table is cut")
    }
    return 0
}
