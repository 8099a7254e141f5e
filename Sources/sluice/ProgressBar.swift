// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// How far a long piece of work is, on standard error, where that is a terminal; silent elsewhere.
final class ProgressBar: Sendable {
    private struct State {
        var shown = -1
        var isThere = false
    }

    private let what: String
    private let total: Double
    private let isShown: Bool
    // Shown from whatever thread works.
    private let state = Mutex(State())

    /// Makes a bar for work of `total` units; 0 where that is not known.
    init(what: String, total: Double, isShown: Bool = isatty(STDERR_FILENO) == 1) {
        self.what = what
        self.total = total
        self.isShown = isShown && getenv("TERM").map { String(cString: $0) } != "dumb"
    }

    /// Shows that `done` units are done; writes only when the bar looks different.
    func show(_ done: Double) {
        guard isShown else { return }
        let step = total > 0 ? Int(max(0, min(1, done / total)) * 200) : Int(done)
        let isNews = state.withLock { state in
            guard state.shown != step else { return false }
            state.shown = step
            state.isThere = true
            return true
        }
        guard isNews else { return }
        Self.write("\r" + Self.text(what: what, done: done, total: total) + "\u{1B}[K")
    }

    /// Takes the bar away.
    func end() {
        let wasThere = state.withLock { state in
            defer { state.isThere = false }
            return state.isThere
        }
        if wasThere { Self.write("\r\u{1B}[K") }
    }

    /// The bar as a line of text.
    static func text(what: String, done: Double, total: Double) -> String {
        guard total > 0 else {
            return "\(what) \(done < 10_000 ? "\(Int(done))" : Figure.short(done))"
        }
        let part = max(0, min(1, done / total))
        let full = Int(part * 30)
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: 30 - full)
        return "\(what) \(bar) \(Int(part * 100)) %"
    }

    private static func write(_ text: String) {
        var text = text
        _ = text.withUTF8 { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
