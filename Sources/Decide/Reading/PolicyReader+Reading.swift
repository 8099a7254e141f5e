// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

extension PolicyReader {
    /// `match`: which topics the policy is about.
    mutating func readMatch() -> TopicMatch? {
        let node = root.mapping("match")
        let single = node.optional("topic", .topicPattern)
        let items = node.items("topics")
        if node.has("topic"), node.has("topics") {
            node.node("topics")?.problemWithKey("`topic` and `topics`: give one of them")
        } else if node.isMapping, !node.has("topic"), !node.has("topics") {
            node.problemWithKey(
                "`match` has no `topic`",
                hint: "say which messages it is about, such as `topic: plant/+line/state`"
            )
        }
        if let single {
            captures = single.names
            check(single, at: node.node("topic"))
            match = TopicMatch(single)
            return match
        }
        var patterns: [TopicPattern] = []
        for item in items ?? [] {
            guard let pattern = item.read(.topicPattern) else { continue }
            check(pattern, at: item)
            if let first = patterns.first, Set(first.names) != Set(pattern.names) {
                item.problem(
                    "the topics of a policy name the same levels; the first names "
                        + (first.names.isEmpty ? "none" : first.names.joined(separator: ", "))
                )
                continue
            }
            patterns.append(pattern)
        }
        captures = patterns.first?.names ?? []
        match = TopicMatch(patterns)
        if match == nil, let topics = node.node("topics"), topics.isList {
            topics.problem("`topics` names no topic that can be used")
        }
        return match
    }

    private func check(_ pattern: TopicPattern, at topic: SettingsNode?) {
        for name in pattern.names where ConditionVariable.reservedNames.contains(name) {
            topic?.problem(
                at: topic?.offset(ofCapture: name) ?? 0,
                length: name.count,
                "`\(name)` is a word of conditions and cannot name a level",
                hint: "choose another name, such as `+the_\(name)`"
            )
        }
        if !surroundings.inputs.isEmpty,
            !surroundings.inputs.contains(where: { TopicOverlap.of($0, pattern.filter) })
        {
            topic?.problem(
                "no input subscribes to such topics",
                hint: "add `\(pattern.filter)` to the `topics` of an input",
                severity: .warning
            )
        }
    }

    /// `reading`: what is taken from a payload.
    mutating func readReading() -> ReadingSpec? {
        let node = root.mapping("reading")
        let format = node.value("format", .choice(ReadingSpec.Format.self), default: .json)
        let (sound, rate) = node.sound(format)
        if format.isWhole { return readWhole(node, format, sound, rate: rate) }
        _ = node.optionalString("field")
        node.refuse(["field"], "the fields of JSON are listed under `fields`")
        let each = node.optional("each", .path(allowsRoot: true))
        let device = readDevice(node)
        let time = node.optional("time", .path())
        let unit = node.optional("time_unit", .choice(ReadingSpec.TimeUnit.self))
        let sequence = node.optional("sequence", .path())
        hasTime = node.has("time")
        hasSequence = node.has("sequence")
        if unit != nil, !hasTime {
            node.node("time_unit")?.problemWithKey("`time_unit` without `time` means nothing")
        }
        if node.isMapping, !hasTime, !hasSequence {
            node.problemWithKey(
                "the readings have neither `sequence` nor `time`: one that the broker sends again "
                    + "after a crash is decided again, under a new id",
                hint: "name the payload's counter or time stamp, if it has one",
                severity: .warning
            )
        }
        readFields(node)
        guard let device else { return nil }
        return ReadingSpec(
            format: format,
            sound: sound,
            each: each,
            device: device,
            time: time,
            timeUnit: unit ?? .milliseconds,
            sequence: sequence,
            fields: fields
        )
    }

    func readDevice(_ node: SettingsNode) -> Template? {
        guard let template = node.required("device", .template) else { return nil }
        let device = node.node("device")
        if template.source.isEmpty { device?.problem("`device` wants a text; found an empty one") }
        for name in template.names where !captures.contains(name) {
            if name == "payload" || name.hasPrefix("payload.") {
                guard name.count > "payload.".count else {
                    device?.problemAtPlace(name, "`{payload}` wants a path: `{payload.serial}`")
                    continue
                }
                continue
            }
            let named = captures.map { "`{\($0)}`" } + ["`{payload.…}`"]
            let hint =
                Suggestion.nearest(to: name, among: captures).map { "did you mean `{\($0)}`?" }
                ?? "a device is named by what the topic captures or the payload carries: "
                + named.joined(separator: ", ")
            device?.problemAtPlace(name, "unknown place `{\(name)}`", hint: hint)
        }
        return template
    }

    private mutating func readFields(_ node: SettingsNode) {
        for field in node.named("fields") {
            if let fault = fault(inFieldName: field.name) {
                field.problemWithKey(fault.message, hint: fault.hint)
            }
            if let one = readField(field) { fields.append(one) }
        }
    }

    /// Why `name` cannot be a field's.
    func fault(inFieldName name: String) -> (message: String, hint: String?)? {
        if !Self.isIdentifier(name) {
            return (
                "`\(name)` cannot be a field's name",
                "use letters, digits and `_`, so that conditions can say it"
            )
        }
        if ConditionVariable.reservedNames.contains(name) {
            return (
                "`\(name)` is a word of conditions and cannot name a field",
                "choose another name; the path in the payload may stay"
            )
        }
        guard captures.contains(name) else { return nil }
        return ("`\(name)` already names a level of the topic", nil)
    }

    private func readField(_ node: SettingsNode) -> ReadingSpec.Field? {
        guard node.isMapping else {
            let path = node.read(.path())
            if let path, path != node.name, ReadingSpec.FieldKind(rawValue: path) != nil {
                node.problem(
                    "`\(node.name)` is what the payload calls `\(path)`, which reads like a type",
                    hint: "for a type write "
                        + "`\(node.name): { path: \(node.name), type: \(path) }`; where the "
                        + "payload does have a `\(path)`, write `\(node.name): { path: \(path) }`",
                    severity: .warning
                )
            }
            return path.map { ReadingSpec.Field(name: node.name, path: $0) }
        }
        let path = node.required("path", .path(allowsRoot: true))
        let kind = node.value("type", .choice(ReadingSpec.FieldKind.self), default: .any)
        let isRequired = node.flag("required", default: true)
        let from = node.optional("from", .topicPattern)
        if let from, let match, let place = node.node("from"),
            !match.filters.contains(where: { TopicOverlap.of($0, from.filter) })
        {
            place.problem("none of the policy's topics matches `\(from.source)`")
        }
        return path.map {
            ReadingSpec.Field(
                name: node.name,
                path: $0,
                kind: kind,
                isRequired: isRequired,
                from: from
            )
        }
    }

    static func isIdentifier(_ text: String) -> Bool {
        text.utf8.enumerated().allSatisfy { index, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "_"):
                true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): index > 0
            default: false
            }
        } && !text.isEmpty
    }
}

extension SettingsNode {
    /// Where a named wildcard's name begins in this pattern.
    func offset(ofCapture name: String) -> Int? {
        guard let text else { return nil }
        var offset = 0
        for level in text.split(separator: "/", omittingEmptySubsequences: false) {
            if level.dropFirst() == name, level.first == "+" || level.first == "#" {
                return offset + 1
            }
            offset += level.count + 1
        }
        return nil
    }

    /// Reports a problem with the place `{name}` of this template.
    func problemAtPlace(
        _ name: String,
        opening: String = "{",
        _ message: String,
        hint: String? = nil
    ) {
        let characters = Array(text ?? "")
        let wanted = Array(opening + name)
        let offset = characters.indices.first { characters[$0...].starts(with: wanted) }
        problem(
            at: offset ?? 0,
            length: offset == nil ? 1 : wanted.count + opening.count,
            message,
            hint: hint
        )
    }
}
