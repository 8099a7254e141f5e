// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

// Fuzz target of the lines of traces, for libFuzzer (see run.sh). Compiled into one module with the reader.

/// What is read can be written, and what is written can be read.
private func check(_ line: TraceLine) {
    var written: [UInt8] = []
    line.write(into: &written)
    var scanner = TraceScanner(written, 0..<written.count - 1)
    do throws(TraceScanner.Fault) {
        if try TraceLine.read(&scanner) == nil { fatalError("a line of no known kind") }
    } catch {
        let text = String(decoding: written, as: UTF8.self)
        fatalError("\(error.message) at \(error.offset): \(text)")
    }
}

/// Reads one input; libFuzzer calls it on one thread.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var scanner = TraceScanner(bytes, 0..<bytes.count)
    do throws(TraceScanner.Fault) {
        if let line = try TraceLine.read(&scanner) { check(line) }
    } catch {
        if error.message.isEmpty || !(0...bytes.count).contains(error.offset) {
            fatalError("a fault lies inside its line: \(error)")
        }
    }
    return 0
}
