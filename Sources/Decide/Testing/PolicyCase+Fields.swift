// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// The fields a case gives, as if they were decoded.
extension PolicyCase {
    mutating func readFields(_ given: SettingsNode, now: WallTime) {
        var values = [FieldValue](repeating: .absent, count: policy.reading.fields.count)
        for node in given.named("fields") {
            guard let slot = policy.reading.slot(of: node.name) else {
                let names = policy.reading.fields.map(\.name)
                node.problemWithKey(
                    "unknown field `\(node.name)`",
                    hint: Suggestion.hint(for: node.name, among: names)
                )
                continue
            }
            values[slot] = value(of: node, policy.reading.fields[slot].kind)
        }
        let row = ReadingBatch.Row(
            message: 0,
            index: 0,
            device: device,
            deviceTime: now,
            sequence: 1
        )
        readings.append(row, values: values)
    }

    private mutating func value(
        of node: SettingsNode,
        _ kind: ReadingSpec.FieldKind
    ) -> FieldValue {
        if node.isNothing { return .absent }
        switch kind {
        case .number:
            return node.read(.number()).map { .number($0) } ?? .absent
        case .text:
            return node.read(.anyString).map { .text($0) } ?? .absent
        case .flag:
            return node.read(.flag).map { .flag($0) } ?? .absent
        case .samples:
            return samples(node)
        case .bytes:
            node.problem("a field that is a file is given by `payload`", hint: "leave it out here")
            return .absent
        case .any:
            if node.isList { return samples(node) }
            if let text = node.text, let number = Quantity.number(text) { return .number(number) }
            if node.text == "true" || node.text == "false" { return .flag(node.text == "true") }
            return node.read(.anyString).map { .text($0) } ?? .absent
        }
    }

    private mutating func samples(_ node: SettingsNode) -> FieldValue {
        guard let numbers = node.read(.list(of: .number())) else { return .absent }
        let start = readings.samples.count
        for number in numbers { readings.appendSample(number) }
        return .samples(start..<readings.samples.count)
    }
}
