// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Doctor
import FoundationEssentials

/// An examination as a person reads it.
struct CheckupText {
    private let checkup: Checkup
    private let ink: Ink

    init(_ checkup: Checkup, _ ink: Ink) {
        self.checkup = checkup
        self.ink = ink
    }

    var text: String {
        let width = min(34, checkup.items.map(\.subject.count).max() ?? 0)
        var lines: [String] = []
        for item in checkup.items {
            let gap = String(repeating: " ", count: max(1, width - item.subject.count + 2))
            let (subject, says) = (Plain.text(item.subject), Plain.text(item.says))
            lines.append("\(mark(item.state))  \(subject)\(gap)\(says)")
            if let remedy = item.remedy, item.state != .ok {
                lines.append(String(repeating: " ", count: 10) + "-> \(Plain.text(remedy))")
            }
        }
        lines.append("")
        lines.append(
            "\(checkup.count(.ok)) ok, \(counted(.warn, "warning")), \(counted(.fail, "failure")), "
                + "\(checkup.count(.unseen)) unseen"
        )
        return lines.joined(separator: "\n")
    }

    private func counted(_ state: Checkup.State, _ word: String) -> String {
        let count = checkup.count(state)
        return "\(count) \(word)\(count == 1 ? "" : "s")"
    }

    private func mark(_ state: Checkup.State) -> String {
        switch state {
        case .ok: ink.green("ok    ")
        case .unseen: ink.dim("unseen")
        case .warn: ink.yellow("warn  ")
        case .fail: ink.red("FAIL  ")
        }
    }

    static func json(_ checkup: Checkup) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(checkup), as: UTF8.self)
    }
}
