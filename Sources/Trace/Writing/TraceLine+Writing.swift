// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension TraceLine {
    /// Appends the line, with its line break, to `bytes`.
    public func write(into bytes: inout [UInt8]) {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        switch self {
        case .header(let header): header.write(&writer)
        case .decision(let decision): decision.write(&writer)
        case .verdict(let verdict): verdict.write(&writer)
        }
        writer.endObject()
        bytes.append(contentsOf: writer.bytes)
        bytes.append(UInt8(ascii: "\n"))
    }
}

extension TraceHeader {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.member("trace", version)
        writer.member("site", site)
        writer.member("started", started.rfc3339)
        writer.member("scope", scope.rawValue)
        writer.member("sluice", program)
        if sample < 1 { writer.member("sample", sample) }
    }
}

extension TraceVerdict {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.member("kind", "verdict")
        writer.member("id", id.description)
        writer.member("label", label)
        writer.member("confidence", confidence)
        if !probabilities.isEmpty { writer.member("probabilities", probabilities) }
        writer.member("endpoint", endpoint)
        writer.member("model", model?.description)
        writer.member("latency_ms", latency?.milliseconds)
        writer.member("source", source.rawValue)
        writer.member("late", isLate)
        writer.member("time", time?.rfc3339)
    }
}

extension JSONWriter {
    mutating func member(_ name: String, _ numbers: [Double]) {
        key(name)
        beginArray()
        for number in numbers { value(number) }
        endArray()
    }

    mutating func member(_ name: String, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { value(text) }
        endArray()
    }
}
