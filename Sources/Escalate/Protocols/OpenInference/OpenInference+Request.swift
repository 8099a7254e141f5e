// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension OpenInference {
    /// Writes the questions as one batch: shape `[questions, values]`, flat `FP32` data.
    ///
    /// One question goes under its own key. Several go under a key derived from theirs, which are
    /// listed in the parameter `sluice_keys`, so that a server can recognise each of them again.
    func request(for questions: [Question]) throws(CallFailure) -> CloudRequest {
        guard let first = questions.first, !first.outbound.tensors.isEmpty else {
            throw .badQuestion("the policy lets no tensor leave")
        }
        let keys = questions.map(\.key.description)
        let id = Self.batchKey(keys)
        var body: [UInt8] = []
        body.reserveCapacity(256 + questions.count * 64 * first.outbound.tensors.count)
        body.append("{\"id\":")
        body.append(quoting: id)
        if keys.count > 1 {
            body.append(",\"parameters\":{\"sluice_keys\":")
            body.append(quoting: keys.joined(separator: ","))
            body.append("}")
        }
        body.append(",\"inputs\":[")
        for index in first.outbound.tensors.indices {
            if index > 0 { body.append(",") }
            try append(tensor: index, of: questions, to: &body)
        }
        body.append("]")
        appendOutputs(to: &body)
        body.append("}")
        return CloudRequest(
            url: url,
            headers: [
                ("Content-Type", "application/json"), ("Idempotency-Key", id),
                // Two gateways never ask each other in a circle: whoever serves counts those who asked.
                ("Sluice-Hops", "1"),
            ],
            body: body
        )
    }

    /// The key of a request: the question's own, or for several `batch:` and 128 bits over all of them.
    ///
    /// FNV-1a, twice: the keys already are hashes keyed by the site, so nothing is to be hidden here.
    static func batchKey(_ keys: [String]) -> String {
        guard keys.count != 1 else { return keys[0] }
        var high: UInt64 = 0xCBF2_9CE4_8422_2325
        var low: UInt64 = 0x6C62_272E_07BB_0142
        for key in keys {
            for byte in key.utf8 {
                high = (high ^ UInt64(byte)) &* 0x100_0000_01B3
                low = (low ^ UInt64(byte ^ 0x5A)) &* 0x100_0000_01B3
            }
            high = (high ^ 0x2C) &* 0x100_0000_01B3
            low = (low ^ 0x2C) &* 0x100_0000_01B3
        }
        return "batch:\(DecisionID(high: high, low: low))"
    }

    private func append(
        tensor index: Int,
        of questions: [Question],
        to body: inout [UInt8]
    ) throws(CallFailure) {
        let tensor = questions[0].outbound.tensors[index]
        body.append("{\"name\":")
        body.append(quoting: tensor.name)
        body.append(",\"shape\":[\(questions.count),\(tensor.values.count)]")
        body.append(",\"datatype\":\"FP32\",\"data\":[")
        var isFirst = true
        for question in questions {
            for value in question.outbound.tensors[index].values {
                guard value.isFinite else {
                    throw .badQuestion("a value to be sent is not a finite number")
                }
                if !isFirst { body.append(",") }
                isFirst = false
                body.append(value.description)
            }
        }
        body.append("]}")
    }

    private func appendOutputs(to body: inout [UInt8]) {
        let names = [outputs.label, outputs.probabilities].compactMap(\.self)
        guard !names.isEmpty else { return }
        body.append(",\"outputs\":[")
        for (index, name) in names.enumerated() {
            body.append(index > 0 ? ",{\"name\":" : "{\"name\":")
            body.append(quoting: name)
            body.append("}")
        }
        body.append("]")
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ text: String) {
        append(contentsOf: text.utf8)
    }

    /// Appends a JSON string.
    fileprivate mutating func append(quoting text: String) {
        append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default:
                append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }
}
