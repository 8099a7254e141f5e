// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension TensorsForm {
    /// Writes the questions as one batch: shape `[questions, values]` (or a frame's own), flat `FP32`.
    ///
    /// One question goes under its own key. Several go under a key derived from theirs, which are
    /// listed in the parameter `sluice_keys`, so that a server can recognise each of them again.
    func header(for questions: [Question], keys: [String], key: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 + questions.count * 64)
        writer.beginObject()
        writer.member("id", key)
        if keys.count > 1 || isBinary {
            writer.key("parameters")
            writer.beginObject()
            if keys.count > 1 { writer.member("sluice_keys", keys.joined(separator: ",")) }
            if isBinary { writer.member("binary_data_output", true) }
            writer.endObject()
        }
        writer.key("inputs")
        writer.beginArray()
        for index in questions[0].outbound.tensors.indices {
            write(tensor: index, of: questions, to: &writer)
        }
        writer.endArray()
        writeOutputs(to: &writer)
        writer.endObject()
        return writer.bytes
    }

    private func write(tensor index: Int, of questions: [Question], to writer: inout JSONWriter) {
        let tensor = questions[0].outbound.tensors[index]
        writer.beginObject()
        writer.member("name", tensor.name)
        writer.key("shape")
        writer.beginArray()
        writer.value(questions.count)
        for side in tensor.shape { writer.value(side) }
        writer.endArray()
        writer.member("datatype", "FP32")
        if isBinary {
            writer.key("parameters")
            writer.beginObject()
            writer.member("binary_data_size", questions.count * tensor.values.count * 4)
            writer.endObject()
        } else {
            writer.key("data")
            writer.raw(Self.list(questions, tensor: index))
        }
        writer.endObject()
    }

    /// The values as a JSON list; written here because a batch has thousands of them.
    private static func list(_ questions: [Question], tensor index: Int) -> [UInt8] {
        var text: [UInt8] = [UInt8(ascii: "[")]
        text.reserveCapacity(
            questions.count * questions[0].outbound.tensors[index].values.count * 12
        )
        for question in questions {
            for value in question.outbound.tensors[index].values {
                if text.count > 1 { text.append(UInt8(ascii: ",")) }
                var digits = value.description
                digits.withUTF8 { text.append(contentsOf: $0) }
            }
        }
        text.append(UInt8(ascii: "]"))
        return text
    }

    private func writeOutputs(to writer: inout JSONWriter) {
        let names = [outputs.label, outputs.probabilities].compactMap(\.self)
        guard !names.isEmpty else { return }
        writer.key("outputs")
        writer.beginArray()
        for name in names {
            writer.beginObject()
            writer.member("name", name)
            writer.endObject()
        }
        writer.endArray()
    }
}
