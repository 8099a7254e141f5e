// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer

// Fuzz target of what HTTP brings, for libFuzzer (see run.sh): bodies of `infer` requests and streams of events. The
// first byte of an input chooses. Compiled into one module with the readers.

/// Stands in for the server's own, which is made of its library's statuses.
struct ServeError: Error {
    let message: String

    static func badRequest(_ message: String) -> ServeError { ServeError(message: message) }
}

/// Reads one input; libFuzzer calls it on one thread.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    guard start[0] % 8 == 0 else {
        do throws(ServeError) {
            let request = try InferRequest(bytes)
            if request.inputs.isEmpty { fatalError("a request without inputs") }
            for input in request.inputs where !input.dimensions.allSatisfy({ $0 > 0 }) {
                fatalError("a dimension of nothing")
            }
        } catch {
            if error.message.isEmpty { fatalError("every error says what is wrong") }
        }
        return 0
    }
    // However the stream is cut, the events are the same.
    let cut = bytes.isEmpty ? 0 : Int(start[0] / 8) % (bytes.count + 1)
    var whole = EventParser()
    var parts = EventParser()
    let events = whole.take(bytes)
    guard parts.take(Array(bytes[..<cut])) + parts.take(Array(bytes[cut...])) == events else {
        fatalError("events depend on how the stream is cut")
    }
    return 0
}
