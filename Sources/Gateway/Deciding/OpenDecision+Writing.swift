// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Vocabulary

extension OpenDecision {
    /// The row's body.
    ///
    /// The members that `Codable` reads back, written one by one: an encoder's containers would be most of
    /// what a row costs a lane. A float that JSON cannot say is written as text.
    func encoded() -> [UInt8] {
        var writer = JSONWriter(capacity: 768 + payload.count / 3 * 4)
        writer.beginObject()
        writer.member("format", format)
        if let audit {
            writer.key("audit")
            writer.beginObject()
            writer.member("rate", finite: audit.rate)
            writer.member("thinning", audit.thinning)
            writer.member("drawClass", audit.drawClass)
            writer.endObject()
        }
        writer.member("id", id)
        writer.member("policy", policy)
        writer.member("policyVersion", policyVersion)
        writer.member("device", device)
        writer.member("time", time)
        writer.member("sequence", sequence)
        writer.member("rule", rule)
        writer.member("route", route.rawValue)
        writer.member("priority", priority.rawValue)
        writer.member("fallback", fallback?.rawValue)
        writer.member("standing", standing)
        writer.member("revisions", revisions)
        writer.key("local")
        local.write(to: &writer)
        writer.member("actedOn", actedOn)
        writer.key("endpoints")
        writer.beginArray()
        for endpoint in endpoints { writer.value(endpoint) }
        writer.endArray()
        writer.key("tensors")
        writer.beginArray()
        for tensor in tensors { tensor.write(to: &writer) }
        writer.endArray()
        writer.member("topic", topic)
        writer.member("payload", payload.base64EncodedString())
        writer.member("index", index)
        writer.endObject()
        return writer.bytes
    }
}

extension OpenDecision.Local {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("label", label)
        writer.member("confidence", finite: confidence)
        writer.member("score", finite: score)
        writer.member("model", model)
        writer.member("modelVersion", modelVersion)
        writer.member("margin", finite: margin)
        if let probabilities {
            writer.key("probabilities")
            writer.numbers(probabilities)
        }
        writer.member("stage", stage)
        writer.member("value", finite: value)
        if let detections {
            writer.key("detections")
            writer.beginArray()
            for detection in detections {
                writer.beginObject()
                writer.member("label", detection.label)
                writer.member("score", finite: detection.score)
                writer.key("box")
                writer.numbers(detection.box)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.member("failed", failed)
        writer.member("skipped", skipped)
        writer.member("digest", digest)
        writer.endObject()
    }
}

extension OpenDecision.Tensor {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", name)
        writer.key("values")
        writer.numbers(values)
        if let dimensions {
            writer.key("dimensions")
            writer.beginArray()
            for dimension in dimensions { writer.value(dimension) }
            writer.endArray()
        }
        writer.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: String, finite number: Double?) {
        guard let number else { return }
        key(name)
        write(number)
    }

    fileprivate mutating func numbers(
        _ numbers: [some BinaryFloatingPoint & CustomStringConvertible]
    ) {
        beginArray()
        for number in numbers { write(number) }
        endArray()
    }

    private mutating func write(_ number: some BinaryFloatingPoint & CustomStringConvertible) {
        if number.isFinite {
            value(number)
        } else {
            value(number.isNaN ? "nan" : number < 0 ? "-inf" : "inf")
        }
    }
}
