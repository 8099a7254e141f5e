// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// What a budget keeps on disk: for each limit the window and how much of it may have been spent.
///
/// One line each, `calls day 20413 150`; lines that cannot be read are left out.
struct BudgetRecord: Equatable, Sendable {
    struct Line: Equatable, Sendable {
        var kind: BudgetKind
        var window: BudgetWindow
        /// The window's number.
        var number: Int64
        /// What may have been spent in it; never less than what was.
        var granted: Int64
    }

    private static let longest = 4_096

    var lines: [Line] = []

    init(lines: [Line]) {
        self.lines = lines
    }

    /// Reads what `bytes` wrote; nil when it is no such record.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.longest else { return nil }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 4, let kind = BudgetKind(rawValue: String(words[0])),
                let window = BudgetWindow(rawValue: String(words[1])),
                let number = Int64(words[2]), let granted = Int64(words[3]), granted >= 0
            else { return nil }
            lines.append(Line(kind: kind, window: window, number: number, granted: granted))
        }
    }

    /// A record of everything spent in the windows of `time`.
    static func spent(_ options: BudgetOptions, at time: WallTime) -> BudgetRecord {
        BudgetRecord(
            lines: options.limits.map { limit in
                Line(
                    kind: limit.kind,
                    window: limit.window,
                    number: options.zone.number(of: limit.window, at: time),
                    granted: limit.amount
                )
            }
        )
    }

    var bytes: [UInt8] {
        let text = lines.map {
            "\($0.kind.rawValue) \($0.window.rawValue) \($0.number) \($0.granted)\n"
        }
        return Array(text.joined().utf8)
    }
}
