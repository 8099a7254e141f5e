// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// One policy of a draft, with its tests.
struct PolicyDraft {
    /// Why there is no policy for a pattern.
    struct Obstacle: Error {
        var message: String
    }

    /// A number that is watched: its name in conditions, and where it lies.
    struct Number: Equatable {
        var name: String
        var path: String
    }

    private static let mostNumbers = 16

    let name: String
    let filter: String
    private let pattern: SurveyReport.Pattern
    private let numbers: [Number]
    private let names: [String]
    private let device: String
    private let time: SurveyReport.Field?
    private let sequence: SurveyReport.Field?
    private var notices: String

    init(
        _ pattern: SurveyReport.Pattern,
        site: String,
        reserved: Set<String>,
        taken: Set<String>
    ) throws(Obstacle) {
        guard pattern.filter.utf8.allSatisfy(Self.isPlain) else {
            throw Obstacle(message: "its topics have signs that a policy would not read well with")
        }
        guard !pattern.fields.contains(where: { $0.path.hasPrefix("[]") }) else {
            throw Obstacle(
                message: "its payloads are arrays; say `each: \"\"` in a policy of your own"
            )
        }
        let types = pattern.fields.first { $0.path == "type" }?.examples ?? []
        guard types.isEmpty || !types.allSatisfy({ $0.hasPrefix("io.sluice.") }) else {
            throw Obstacle(message: "its payloads are what a gateway has decided")
        }
        self.pattern = pattern
        filter = pattern.filter
        let captures = SiteDraft.parts(pattern.named).filter { $0.hasPrefix("+") }
            .map { String($0.dropFirst()) }
        let isBare = pattern.format == .value
        let usable = pattern.fields.filter { field in
            field.presence >= 0.99 && (isBare ? field.path.isEmpty : Self.isPath(field.path))
        }
        time = usable.first { $0.part == .time }
        sequence = usable.first { $0.part == .sequence }
        var used = reserved.union(captures)
        var numbers: [Number] = []
        for field in usable where field.part == nil && field.kinds == [.number] {
            guard numbers.count < Self.mostNumbers else { break }
            var name = isBare ? Self.word(pattern) : field.path
            name = String(name.split(separator: ".").last ?? "")
            if used.contains(name), !isBare { name = field.path.replacing(".", with: "_") }
            if used.contains(name) { name += "_value" }
            guard used.insert(name).inserted else { continue }
            numbers.append(Number(name: name, path: field.path))
        }
        guard !numbers.isEmpty else {
            throw Obstacle(
                message: isBare
                    ? "its payloads are no numbers that measure something"
                    : "no number is in all of its payloads"
            )
        }
        self.numbers = numbers
        names = captures
        device = pattern.device ?? site
        name = Self.name(pattern, taken)
        notices = (["sluice", "notices", name] + captures.map { "{\($0)}" }).joined(separator: "/")
    }

    /// Adds a level to the notices' topic until no input of the site hears it.
    mutating func keepNoticesOut(of filters: [String]) {
        for _ in 0..<16 {
            let levels = SiteDraft.parts(notices)
            let isHeard = filters.contains { filter in
                let parts = SiteDraft.parts(filter)
                return parts.count == levels.count
                    && zip(parts, levels).allSatisfy { $0 == "+" || $0 == $1 || $1.hasPrefix("{") }
            }
            guard isHeard else { return }
            notices += "/unusual"
        }
    }

    var text: String {
        var lines = [
            "# Drafted by `sluice init`: what is unusual for this very device?",
            "#",
            "# Nothing is trained: the detector learns each device's numbers as they come. Put a model of your",
            "# own in its place when you have one, and more rules.",
            "policy: \(name)", "",
            "match: { topic: \(SiteDraft.quoted(pattern.named)) }", "",
            "reading:", "  format: json", "  device: \(SiteDraft.quoted(device))",
        ]
        if let time {
            lines.append("  time: \(SiteDraft.quoted(time.path))")
            lines.append("  time_unit: \(time.timeUnit ?? "ms")")
        }
        if let sequence { lines.append("  sequence: \(SiteDraft.quoted(sequence.path))") }
        lines.append("  fields:")
        for number in numbers {
            let field = pattern.fields.first { $0.path == number.path }
            let range = field.flatMap { field in
                field.minimum.flatMap { low in field.maximum.map { "\(low) to \($0)" } }
            }
            lines.append(
                "    \(number.name): { path: \(SiteDraft.quoted(number.path)), type: number }"
                    + (range.map { "      # heard: \($0)" } ?? "")
            )
        }
        lines += [
            "", "model: unusual",
            "threshold: 0.9997             # where the detector's own alarms begin", "", "rules:",
            "  - name: no local answer", "    when: model.failed", "    route: drop", "",
            "  - name: unusual for this device", "    when: score >= threshold", "    route: act",
            "", "otherwise: { route: drop }", "", "actions:", "  - name: unusual",
            "    publish: { topic: \(SiteDraft.quoted(notices)), qos: 1 }",
            "    hold: { quiet: 30m }", "    order: durable", "",
            "# Nothing leaves the site: there is no cloud yet.", "privacy:", "  send: []", "",
        ]
        return lines.joined(separator: "\n")
    }

    var tests: String {
        var lines = [
            "# Drafted by `sluice init`: what this policy is meant to do, case by case.",
            "topic: \(SiteDraft.quoted(pattern.example))", "cases:",
            "  - name: what is unusual is told of",
            "    given: { finding: { label: anomaly, score: 0.99999 } }",
            "    expect: { route: act, rule: unusual for this device, "
                + "publishes: [\(SiteDraft.quoted(exampleNotice))] }", "",
            "  - name: what is usual is not",
            "    given: { finding: { label: normal, score: 0.9 } }",
            "    expect: { route: drop, rule: otherwise, actions: [] }", "",
            "  - name: a reading without its values is not unusual",
            "    given: { finding: { failed: true } }",
            "    expect: { route: drop, rule: no local answer }", "",
        ]
        if let payload {
            lines += [
                "  - name: one reading alone tells a new detector nothing",
                "    given:", "      payload: \(payload)",
                "    expect: { route: drop, label: normal }", "",
            ]
        }
        return lines.joined(separator: "\n")
    }

    /// The notices' topic for the example.
    private var exampleNotice: String {
        let levels = SiteDraft.parts(pattern.example)
        var values: [Substring] = []
        for (level, part) in zip(levels, SiteDraft.parts(pattern.named)) where part.hasPrefix("+") {
            values.append(level)
        }
        var topic = notices
        for (name, value) in zip(names, values) {
            topic = topic.replacing("{\(name)}", with: value)
        }
        return topic
    }

    /// The last payload heard, its numbers alone; nil where the device or the time is a text in it.
    private var payload: String? {
        guard !device.contains("{payload."), time?.timeUnit != "rfc3339" else { return nil }
        if pattern.format == .value {
            return pattern.sample[""].map { SiteDraft.quoted(Branch.text($0)) }
        }
        let wanted = numbers.map(\.path) + [time?.path, sequence?.path].compactMap(\.self)
        var tree = Branch()
        for path in wanted {
            guard let number = pattern.sample[path], number.isFinite else { return nil }
            tree.add(path.split(separator: ".")[...], number)
        }
        return tree.text
    }

    /// A payload's members, some of them objects.
    private struct Branch {
        var leaves: [(name: String, number: Double)] = []
        var branches: [(name: String, branch: Branch)] = []

        mutating func add(_ path: ArraySlice<Substring>, _ number: Double) {
            guard let name = path.first.map(String.init) else { return }
            guard path.count > 1 else {
                leaves.append((name, number))
                return
            }
            if let place = branches.firstIndex(where: { $0.name == name }) {
                branches[place].branch.add(path.dropFirst(), number)
            } else {
                var branch = Branch()
                branch.add(path.dropFirst(), number)
                branches.append((name, branch))
            }
        }

        var text: String {
            let leaves = leaves.map { "\(SiteDraft.quoted($0.name)): \(Self.text($0.number))" }
            let branches = branches.map { "\(SiteDraft.quoted($0.name)): \($0.branch.text)" }
            return "{ " + (leaves + branches).joined(separator: ", ") + " }"
        }

        static func text(_ number: Double) -> String {
            number == number.rounded() && abs(number) < 9e15 ? "\(Int64(number))" : "\(number)"
        }
    }

    /// What a payload that is a number alone is called: by its topic's last level where that is a word.
    private static func word(_ pattern: SurveyReport.Pattern) -> String {
        let last = SiteDraft.parts(pattern.filter).last.map { $0.lowercased() } ?? ""
        return last.utf8.count <= 32 && !last.contains(".") && isPath(last) ? last : "number"
    }

    /// A name that a folder can have, made of the levels that do not vary.
    private static func name(_ pattern: SurveyReport.Pattern, _ taken: Set<String>) -> String {
        let words = SiteDraft.parts(pattern.filter).filter { $0 != "+" }
        var name = ""
        for byte in words.suffix(2).joined(separator: "-").lowercased().utf8.prefix(40) {
            let isLetter = (0x61...0x7A).contains(byte)
            let isOther = (0x30...0x39).contains(byte) || byte == 0x2D
            if isLetter || isOther && !name.isEmpty {
                name.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        while name.hasSuffix("-") { name.removeLast() }
        if name.isEmpty { name = "readings" }
        var free = name
        var number = 2
        while taken.contains(free) {
            free = "\(name)-\(number)"
            number += 1
        }
        return free
    }

    /// Signs that neither YAML nor a template nor a terminal takes for more than they are.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "+/-_.:@ ".utf8.contains(byte)
        }
    }

    /// True for dotted names of letters, digits and `_`, none of which begins with a digit.
    private static func isPath(_ path: String) -> Bool {
        let parts = path.split(separator: ".", omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            guard let first = part.utf8.first, !(0x30...0x39).contains(first) else { return false }
            return part.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                    || (0x61...0x7A).contains(byte) || byte == 0x5F
            }
        }
    }
}
