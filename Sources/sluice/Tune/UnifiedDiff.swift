// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The difference of two texts as `patch` and `git apply` read it: one hunk around what changed.
enum UnifiedDiff {
    private static let context = 3

    /// The difference, empty when there is none; `old` is nil for a new file.
    static func text(from old: String?, to new: String, path: String) -> String {
        let before = lines(old ?? "")
        let after = lines(new)
        guard before.lines != after.lines || old == nil else { return "" }
        var head = 0
        let shorter = min(before.lines.count, after.lines.count)
        while head < shorter, before.lines[head] == after.lines[head] { head += 1 }
        var tail = 0
        while tail < shorter - head,
            before.lines[before.lines.count - 1 - tail] == after.lines[after.lines.count - 1 - tail]
        {
            tail += 1
        }
        let first = max(0, head - context)
        let trailing = min(tail, context)
        let oldEnd = before.lines.count - tail
        let newEnd = after.lines.count - tail
        var text = old == nil ? "--- /dev/null\n" : "--- a/\(path)\n"
        text += "+++ b/\(path)\n"
        text += "@@ -\(range(first, oldEnd + trailing)) +\(range(first, newEnd + trailing)) @@\n"
        for line in before.lines[first..<head] { text += " \(line)\n" }
        for line in before.lines[head..<oldEnd] { text += "-\(line)\n" }
        if tail == 0, !before.isEnded { text += "\\ No newline at end of file\n" }
        for line in after.lines[head..<newEnd] { text += "+\(line)\n" }
        if tail == 0, !after.isEnded { text += "\\ No newline at end of file\n" }
        for line in before.lines[oldEnd..<(oldEnd + trailing)] { text += " \(line)\n" }
        if tail > 0, trailing == tail, !before.isEnded { text += "\\ No newline at end of file\n" }
        return text
    }

    private static func range(_ first: Int, _ end: Int) -> String {
        // A range without lines is named by the line before it.
        end > first ? "\(first + 1),\(end - first)" : "\(first),0"
    }

    private static func lines(_ text: String) -> (lines: [Substring], isEnded: Bool) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let isEnded = lines.last == ""
        if isEnded { lines.removeLast() }
        return (lines, isEnded)
    }
}
