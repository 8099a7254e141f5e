// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// How far a long piece of work is, on standard error, where that is a terminal; silent elsewhere.
final class ProgressBar: Sendable {
    private struct State {
        var total: Double
        var shown = ""
        /// The longest note so far: the bar gives way once and does not breathe with the note.
        var note = 0
    }

    private let what: String
    private let isShown: Bool
    // Shown from whatever thread works.
    private let state: Mutex<State>

    /// Makes a bar for work of `total` units; 0 where that is not known.
    init(what: String, total: Double, isShown: Bool = isatty(STDERR_FILENO) == 1) {
        self.what = what
        self.isShown = isShown && getenv("TERM").map { String(cString: $0) } != "dumb"
        state = Mutex(State(total: total))
    }

    /// Shows that `done` units are done, with `note` behind it; writes only when the bar looks different.
    func show(_ done: Double, note: String = "") {
        guard isShown else { return }
        let columns = Self.columns
        let news: String? = state.withLock { state in
            state.note = max(state.note, note.count)
            let text = Self.text(
                what: what,
                done: done,
                total: state.total,
                note: note,
                columns: columns,
                noteRoom: state.note
            )
            guard state.shown != text else { return nil }
            state.shown = text
            return text
        }
        if let news { Self.write("\r" + news + "\u{1B}[K") }
    }

    /// Shows that `left` units are left; the work grows where there are more than there ever were.
    func show(left: Double, note: String = "") {
        let total = state.withLock { state in
            state.total = max(state.total, left)
            return state.total
        }
        show(total - left, note: note)
    }

    /// Takes the bar away.
    func end() {
        let wasThere = state.withLock { state in
            defer { state.shown = "" }
            return !state.shown.isEmpty
        }
        if wasThere { Self.write("\r\u{1B}[K") }
    }

    /// The bar as a line of text that fits into `columns`.
    ///
    /// The bar is what becomes shorter, to be left out below five; then the text's end is cut. Room is
    /// kept for a note of `noteRoom` characters. The last column stays free: a terminal wraps when
    /// something is written into it.
    static func text(
        what: String,
        done: Double,
        total: Double,
        note: String = "",
        columns: Int = 80,
        noteRoom: Int = 0
    ) -> String {
        let tail = note.isEmpty ? "" : ", \(note)"
        let room = max(1, columns - 1)
        guard total > 0 else {
            let count = done < 10_000 ? "\(Int(done))" : Figure.short(done)
            return String("\(what) \(count)\(tail)".prefix(room))
        }
        let part = max(0, min(1, done / total))
        // As wide for each percentage, so that the bar's end stands still.
        let percent = "\(Int(part * 100)) %"
        let tailRoom = max(tail.count, noteRoom == 0 ? 0 : noteRoom + 2)
        let width = min(30, room - what.count - " 100 %".count - 1 - tailRoom)
        guard width >= 5 else { return String("\(what) \(percent)\(tail)".prefix(room)) }
        let full = Int(part * Double(width))
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
        return "\(what) \(bar) \(percent)\(tail)"
    }

    /// How wide the terminal is; 80 where it does not say.
    private static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private static func write(_ text: String) {
        var text = text
        _ = text.withUTF8 { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
