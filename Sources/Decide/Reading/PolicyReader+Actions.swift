// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Settings
import Vocabulary

extension PolicyReader {
    /// `actions`: what acting means; unfit ones are left out, which is reported.
    mutating func readActions(privacy: Privacy) -> [ActionSpec] {
        var actions: [ActionSpec] = []
        var names: Set<String> = []
        for (index, node) in root.children("actions").enumerated() {
            let name = node.optional("name", .string) ?? "action \(index + 1)"
            if !names.insert(name).inserted {
                (node.node("name") ?? node).problem("two actions are called `\(name)`")
            }
            if EffectKey.isOwn(name) {
                (node.node("name") ?? node).problem(
                    "no action can be called `\(name)`: the gateway's own effects are called so",
                    hint: "give it another name, such as `\(name) told`"
                )
            }
            let condition = node.node("when").flatMap { compile($0) }
            let target = readTarget(node)
            let payload = readPayload(node, target: target, privacy: privacy)
            if case .webhook = target { checkNamesDevice(node, privacy: privacy) }
            let hold = readHold(node)
            let order = node.value("order", .choice(ActionSpec.Order.self), default: .fast)
            let maximumAge = node.optionalDuration(
                "max_age",
                in: .milliseconds(1)...Interval.seconds(365 * 86_400)
            )
            guard let target else { continue }
            actions.append(
                ActionSpec(
                    index: index,
                    name: name,
                    target: target,
                    payload: payload,
                    hold: hold,
                    order: order,
                    maximumAge: maximumAge,
                    condition: condition
                )
            )
        }
        return actions
    }

    private mutating func readTarget(_ node: SettingsNode) -> ActionSpec.Target? {
        let keys = ["publish", "webhook", "log"].filter { node.has($0) }
        let publish = node.optionalMapping("publish")
        let webhook = node.optionalMapping("webhook")
        let log = node.optional("log", .flag)
        guard keys.count == 1 else {
            node.problemWithKey(
                keys.isEmpty
                    ? "the action does not say what to do"
                    : "the action does several things: \(keys.joined(separator: ", "))",
                hint: keys.isEmpty
                    ? "add `publish`, `webhook` or `log: true`" : "make an action of each"
            )
            return nil
        }
        if let publish { return readPublish(publish) }
        if let webhook { return readWebhook(webhook) }
        if log == false {
            node.node("log")?.problem("an action that does nothing", hint: "write `log: true`")
        }
        return log == true ? .log : nil
    }

    private mutating func readPublish(_ node: SettingsNode) -> ActionSpec.Target? {
        let topic = node.required("topic", .template)
        let quality = node.integer("qos", in: 0...2, default: 1)
        let retain = node.flag("retain", default: false)
        guard let topic, let place = node.node("topic") else { return nil }
        let known = captures + TemplatePlaces.topic
        for name in topic.names where !known.contains(name) {
            let hint =
                Suggestion.nearest(to: name, among: known).map { "did you mean `{\($0)}`?" }
                ?? "a topic can have " + known.map { "`{\($0)}`" }.joined(separator: ", ")
            place.problemAtPlace(name, "unknown place `{\(name)}`", hint: hint)
        }
        for (index, character) in topic.source.enumerated()
        where character == "+" || character == "#" || character == "\0" {
            place.problem(
                at: index,
                "`\(character)` cannot stand in a topic that is published to",
                hint: "name a level with a place, such as `{\(captures.first ?? "device")}`"
            )
        }
        if topic.source.isEmpty || topic.source.hasPrefix("$") {
            place.problem("a topic that is published to is not empty and does not begin with `$`")
        }
        let rival = published.first { $0.isRetained && $0.template.source == topic.source }
        if retain, rival != nil {
            place.problem(
                "another action keeps its message on `\(topic.source)` too: the later one wins",
                hint: "give each retained message a topic of its own",
                severity: .warning
            )
        }
        published.append(
            PublishedTopic(
                template: topic,
                captures: wholeTails,
                isRetained: retain,
                node: place
            )
        )
        return .publish(topic: topic, qualityOfService: UInt8(quality), retain: retain)
    }

    /// The captures and places that may stand for several levels.
    private var wholeTails: Set<String> {
        let topic = root.node("match")?.node("topic")?.text ?? ""
        let tail = topic.split(separator: "/").last.map(String.init) ?? ""
        var names: Set<String> = ["device"]
        if tail.hasPrefix("#") { names.insert(String(tail.dropFirst())) }
        return names
    }

    private func readWebhook(_ node: SettingsNode) -> ActionSpec.Target? {
        let url = node.required("url", .webAddress)
        let headers = node.named("headers").compactMap { header -> ActionSpec.Header? in
            guard let value = header.read(.string) else { return nil }
            let isClean = (header.name + value).utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            guard isClean, !header.name.contains(where: { $0 == ":" || $0 == " " }) else {
                header.problem("this cannot be a header")
                return nil
            }
            return ActionSpec.Header(name: header.name, value: value)
        }
        let bearer = node.secret("bearer")
        let timeout = node.duration(
            "timeout",
            in: .milliseconds(10)...Interval.seconds(60),
            default: .seconds(5)
        )
        guard let url else { return nil }
        return .webhook(
            ActionSpec.Webhook(url: url, headers: headers, bearer: bearer, timeout: timeout)
        )
    }

    private func readPayload(
        _ node: SettingsNode,
        target: ActionSpec.Target?,
        privacy: Privacy
    ) -> PayloadTemplate? {
        guard let source = node.optional("payload", .string), let place = node.node("payload")
        else { return nil }
        if case .log = target {
            place.problemWithKey("`payload` has no effect on `log`")
        }
        let names = MustacheNames.of(source)
        let fieldNames = fields.map(\.name)
        let known = captures + fieldNames + TemplatePlaces.payload
        for name in names where !known.contains(name) {
            let hint =
                Suggestion.nearest(to: name, among: known).map { "did you mean `{{\($0)}}`?" }
                ?? "there is " + known.sorted().map { "`\($0)`" }.joined(separator: ", ")
            place.problemAtPlace(name, opening: "{{", "unknown place `{{\(name)}}`", hint: hint)
        }
        if case .webhook = target {
            checkMayLeave(names, place, privacy: privacy)
        }
        return PayloadTemplate(source: source, names: names)
    }

    private func readHold(_ node: SettingsNode) -> ActionSpec.Hold? {
        guard let hold = node.optionalMapping("hold") else { return nil }
        let of = hold.integer("of", in: 1...1_000, default: 1)
        let atLeast = hold.integer("at_least", in: 1...1_000, default: of)
        let quiet = hold.duration(
            "quiet",
            in: .zero...Interval.seconds(30 * 86_400),
            default: .zero
        )
        if atLeast > of {
            hold.node("at_least")?.problem("\(atLeast) of the last \(of) can never be")
        }
        if of == 1, quiet == .zero {
            hold.problemWithKey(
                "`hold` holds nothing back: one of the last one reading, and no `quiet`",
                hint: "say `of` and `at_least`, or how long it is `quiet`",
                severity: .warning
            )
        }
        return ActionSpec.Hold(of: of, atLeast: atLeast, quiet: quiet)
    }
}

/// Finds the names a Mustache template asks for.
enum MustacheNames {
    static func of(_ source: String) -> [String] {
        var names: [String] = []
        var rest = Substring(source)
        while let open = rest.firstRange(of: "{{") {
            rest = rest[open.upperBound...]
            guard let close = rest.firstRange(of: "}}") else { break }
            var name = rest[..<close.lowerBound]
            rest = rest[close.upperBound...]
            if name.first == "!" { continue }
            while let first = name.first, "{#^/& ".contains(first) { name.removeFirst() }
            while name.last == " " { name.removeLast() }
            if !name.isEmpty, name != ".", !names.contains(String(name)) {
                names.append(String(name))
            }
        }
        return names
    }
}

extension Substring {
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(text) {
                return index..<self.index(index, offsetBy: text.count)
            }
            index = self.index(after: index)
        }
        return nil
    }
}
