// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Puts a tuned threshold into the text of a policy, leaving every other line as it is.
///
/// A plain number and a threshold for the same models are replaced; thresholds for other models stay,
/// as entries of a list. A comment after `threshold:` stays.
enum ThresholdEdit {
    /// The text with the threshold in it.
    static func edited(
        _ text: String,
        members: [(key: String, value: String)],
        model: String?,
        cloud: String?
    ) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let entry = members.map { "\($0.key): \($0.value)" }
        guard let start = lines.firstIndex(where: { $0.hasPrefix("threshold:") }) else {
            let place = placeForNew(lines)
            lines.insert(contentsOf: ["threshold:"] + entry.map { "  " + $0 }, at: place)
            return lines.joined(separator: "\n")
        }
        let end = self.end(of: start, in: lines)
        let old = Array(lines[start..<end])
        let others = entries(old).filter { !isReplaced($0, model: model, cloud: cloud) }
        var new = ["threshold:" + comment(of: old[0])]
        if others.isEmpty {
            new += entry.map { "  " + $0 }
        } else {
            for other in others { new += listed(other) }
            new += listed(entry)
        }
        lines.replaceSubrange(start..<end, with: new)
        return lines.joined(separator: "\n")
    }

    private static func listed(_ entry: [String]) -> [String] {
        entry.enumerated().map { ($0.offset == 0 ? "  - " : "    ") + $0.element }
    }

    /// After the model or the cascade, and otherwise at the end.
    private static func placeForNew(_ lines: [String]) -> Int {
        for key in ["stages:", "model:"] {
            if let start = lines.firstIndex(where: { $0.hasPrefix(key) }) {
                return end(of: start, in: lines)
            }
        }
        return lines.last == "" ? lines.count - 1 : lines.count
    }

    /// The first line after the value that begins at `start`; blank lines and comments before the next
    /// key belong to that key.
    private static func end(of start: Int, in lines: [String]) -> Int {
        var end = start + 1
        for index in (start + 1)..<max(lines.count, start + 1) {
            let line = lines[index]
            if line.allSatisfy({ $0 == " " || $0 == "\r" }) || line.hasPrefix("#") { continue }
            guard line.hasPrefix(" ") || line.hasPrefix("-") else { break }
            end = index + 1
        }
        return end
    }

    /// The comment after the key, with the blanks before it.
    private static func comment(of line: String) -> String {
        guard let place = line.firstRange(of: " #") else { return "" }
        return "  " + line[line.index(after: place.lowerBound)...]
    }

    /// The mappings that a value holds, a line a member, without indentation; none for a number.
    private static func entries(_ value: [String]) -> [[String]] {
        let body = value.dropFirst().filter { line in
            !line.allSatisfy { $0 == " " || $0 == "\r" }
        }
        guard let first = body.first else { return flow(value[0]) }
        let indent = first.prefix { $0 == " " }.count
        var entries: [[String]] = []
        for line in body {
            let rest = line.dropFirst(min(indent, line.prefix { $0 == " " }.count))
            if rest.hasPrefix("- ") {
                entries.append([String(rest.dropFirst(2).drop { $0 == " " })])
            } else {
                if entries.isEmpty { entries.append([]) }
                entries[entries.count - 1].append(String(rest.drop { $0 == " " }))
            }
        }
        return entries
    }

    /// The mapping that `threshold: { … }` holds.
    private static func flow(_ line: String) -> [[String]] {
        guard let open = line.firstIndex(of: "{"), let close = line.lastIndex(of: "}"),
            open < close
        else { return [] }
        let members = line[line.index(after: open)..<close].split(separator: ",")
        return [
            members.map { member in
                let words = member.split(separator: " ")
                return words.joined(separator: " ")
            }
        ]
    }

    /// Whether an entry is for the same models, or for none in particular.
    private static func isReplaced(_ entry: [String], model: String?, cloud: String?) -> Bool {
        func member(_ key: String) -> String? {
            for line in entry where line.hasPrefix(key + ":") {
                var value = line.dropFirst(key.count + 1)
                if let comment = value.firstRange(of: " #") { value = value[..<comment.lowerBound] }
                return String(value.filter { !" \"'\r".contains($0) })
            }
            return nil
        }
        guard let other = member("model") else { return true }
        guard other == model else { return false }
        return member("cloud") == nil || cloud == nil || member("cloud") == cloud
    }
}
