// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

extension PolicyReader {
    /// `threshold`: a number, what `sluice tune` writes, or a list of that.
    mutating func readThresholds() {
        guard let node = root.node("threshold") else { return }
        if let items = node.isList ? root.items("threshold") : nil {
            thresholds = items.compactMap { $0.expectMapping() ? Self.threshold($0) : nil }
            if items.isEmpty {
                node.problem("`threshold` is an empty list", hint: "write `threshold: 0.9`")
            }
        } else if node.isMapping {
            thresholds = Self.threshold(node).map { [$0] } ?? []
        } else {
            thresholds = node.read(.number(in: 0...1)).map { [Threshold(value: $0)] } ?? []
        }
        checkProvenance(node)
    }

    private static func threshold(_ node: SettingsNode) -> Threshold? {
        let value = node.required("value", .number(in: 0...1))
        var threshold = Threshold(value: value ?? 1)
        threshold.low = node.optional("low", .number(in: 0...1))
        threshold.high = node.optional("high", .number(in: 0...1))
        threshold.bound = node.optional("bound", .fraction)
        threshold.maximumRisk = node.optional("max_risk", .number(in: 0...Self.dearest))
        threshold.certainty = node.optional("certainty", .fraction)
        threshold.samples = node.optionalInteger("samples")
        threshold.score = node.optional("score", .choice(Threshold.Score.self))
        threshold.model = node.optional("model", .modelDigest)
        threshold.cloud = node.optional("cloud", .string)
        threshold.traceDigest = node.optional("trace_sha256", .hexadecimal(in: 12...64))
        threshold.tuned = node.optional("tuned", .date)
        if let low = threshold.low, let high = threshold.high, low > high {
            node.node("low")?.problem(
                "`low` lies above `high`",
                hint: "`low` is up to where an alarm is ignored, `high` from where it is acted on"
            )
        }
        if (threshold.low == nil) != (threshold.high == nil) {
            node.problemWithKey("`low` and `high` come together")
        }
        if threshold.isTuned, threshold.certainty == nil {
            node.problemWithKey(
                "the threshold has a bound and does not say how sure it is",
                hint: "add `certainty: 95%`"
            )
        }
        return value.map { _ in threshold }
    }

    /// Whether a threshold is known to keep a bound, for the models that are loaded.
    private func checkProvenance(_ node: SettingsNode) {
        guard !thresholds.isEmpty, model != nil else { return }
        if root.has("escalate"), !thresholds.contains(where: \.isTuned) {
            node.problem(
                "the threshold is untuned: nobody knows how often an answer it keeps local is wrong",
                hint: "`sluice tune` chooses one that keeps a bound",
                severity: .warning
            )
        }
        // Unknown is a model that could not be read, which has been reported.
        guard let modelDigest else { return }
        let fits = thresholds.contains { $0.applies(to: modelDigest, cloud: cloudModel) }
        guard !fits else { return }
        let isOther = thresholds.allSatisfy { $0.model != nil && $0.model != modelDigest }
        let what =
            isOther
            ? "the model `\(model ?? "")` (\(modelDigest))"
            : "the cloud's model `\(cloudModel ?? "nobody")`"
        node.problem(
            "no threshold was tuned for \(what): nothing counts as sure, and everything is asked",
            hint: "`sluice tune` one for it, or go back to the model it was tuned for",
            severity: .warning
        )
    }

    /// `costs`: what mistakes and questions cost.
    mutating func readCosts() {
        guard let node = root.optionalMapping("costs") else { return }
        let alarm = readAlarm(node)
        let miss = mistake("miss", node)
        let falseAlarm = mistake("false_alarm", node)
        let escalation = node.required("escalation", .number(in: 0...Self.dearest))
        guard let miss, let falseAlarm, let escalation else { return }
        let costs = Costs(
            alarm: alarm,
            miss: miss,
            falseAlarm: falseAlarm,
            escalation: escalation
        )
        self.costs = costs
        guard !costs.canAsk else { return }
        node.node("escalation")?.problem(
            "asking never pays at these costs: `threshold.low` and `threshold.high` are both "
                + Self.rounded(costs.low),
            hint: "a question must cost less than the mistakes it prevents",
            severity: .warning
        )
    }

    /// The most that something may cost.
    private static let dearest = 1e12

    /// What a mistake costs, which is more than nothing.
    private func mistake(_ key: String, _ node: SettingsNode) -> Double? {
        let cost = node.required(key, .number(in: 0...Self.dearest))
        guard cost == 0 else { return cost }
        node.node(key)?.problem(
            "a mistake that costs nothing need not be prevented",
            hint: "give `\(key)` the cost it has beside the others"
        )
        return nil
    }

    /// The labels that are alarms, as far as the model can give them.
    private func readAlarm(_ node: SettingsNode) -> [String] {
        guard let items = node.items("alarm") else {
            if !node.has("alarm") {
                node.problemWithKey(
                    "`alarm` is missing in `costs`",
                    hint: "it wants a list of labels"
                )
            }
            return []
        }
        if items.isEmpty, let place = node.node("alarm") {
            place.problem("`alarm` names no label", hint: "name the labels that are alarms")
        }
        let known = modelShape?.labels ?? []
        var alarm: [String] = []
        for item in items {
            guard let label = item.read(.string) else { continue }
            if !known.isEmpty, !known.contains(label) {
                item.problem(
                    "`\(label)` is none of the labels of `\(model ?? "")`",
                    hint: Self.hint(for: label, among: known, none: "")
                )
            } else if alarm.contains(label) {
                item.problem("`\(label)` is named twice")
            } else {
                alarm.append(label)
            }
        }
        if !known.isEmpty, alarm.count == known.count, let place = node.node("alarm") {
            place.problem(
                "every label is an alarm, so `alarm` is always 1",
                hint: "leave out the labels that are not",
                severity: .warning
            )
        }
        return alarm
    }

    /// The places of the alarm labels among the model's.
    var alarmPlaces: [Int] {
        let known = modelShape?.labels ?? []
        return (costs?.alarm ?? []).compactMap { known.firstIndex(of: $0) }
    }

    /// A probability with as many digits as a person wants to see.
    private static func rounded(_ number: Double) -> String {
        String((number * 1e4).rounded() / 1e4)
    }
}

extension Shape where Value == String {
    /// Hexadecimal digits, so many of them.
    fileprivate static func hexadecimal(in range: ClosedRange<Int>) -> Shape {
        .parsed(
            "\(range.lowerBound) to \(range.upperBound) hexadecimal digits",
            as: .text(pattern: "hexadecimal")
        ) { text in
            guard range.contains(text.utf8.count), text.allSatisfy(\.isHexDigit) else {
                throw ShapeMismatch()
            }
            return text.lowercased()
        }
    }

    /// The digest of a model; those of a cascade's stages joined by `+`.
    fileprivate static var modelDigest: Shape {
        .parsed(
            "the first 12 hexadecimal digits of the model's digest",
            as: .text(pattern: "model-digest")
        ) { text in
            let parts = text.split(separator: "+", omittingEmptySubsequences: false)
            guard parts.count <= 16,
                parts.allSatisfy({ $0.utf8.count == 12 && $0.allSatisfy(\.isHexDigit) })
            else {
                throw ShapeMismatch(hint: "`sluice tune` writes it")
            }
            return text.lowercased()
        }
    }

    /// A day, or a day with a time.
    fileprivate static var date: Shape {
        .parsed("a date, such as `2026-11-21`", as: .text(pattern: "date")) {
            text in
            let bytes = Array(text.utf8)
            let isDate =
                bytes.count >= 10 && bytes.count <= 40
                && bytes.prefix(10).enumerated().allSatisfy { index, byte in
                    index == 4 || index == 7
                        ? byte == UInt8(ascii: "-") : (48...57).contains(byte)
                }
            guard isDate else { throw ShapeMismatch() }
            return text
        }
    }
}
