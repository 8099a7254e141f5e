// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Escalate
import Settings
public import Vocabulary

extension RehearsalFacts {
    /// What is wrong with a fact.
    public struct Refusal: Error, CustomStringConvertible, Sendable {
        /// What, and what would do.
        public var description: String
    }

    /// The facts that a text can say, as `name=value`.
    public static let names = [
        "cloud.up", "cloud.p50", "cloud.p95", "cloud.in_flight", "cloud.breaker",
        "cloud.budget_left", "cloud.money_left", "cloud.calls_left", "deadline.left", "queue.depth",
        "queue.bytes", "queue.fill", "queue.head_room",
        "queue.oldest", "bound.holds", "bound.estimate", "bound.samples", "retained", "label",
        "confidence", "score", "answer", "answer.confidence", "answer.latency", "answer.late",
    ]

    /// Takes over what `text` says, such as `cloud.up=true,deadline.left=60ms`.
    ///
    /// A label, confidence or score stands in for the model's finding; `answer=fault` is what the cloud
    /// says, `answer=none` that it never does. `timeout` is what the endpoint's latency counts as where
    /// it is up and the text does not say.
    public mutating func take(_ text: String, timeout: Interval) throws(Refusal) {
        var pairs: [String: String] = [:]
        for part in text.split(separator: ",") {
            let sides = part.split(separator: "=", maxSplits: 1).map(String.init)
            let name = sides.first.map(Self.trimmed) ?? ""
            guard sides.count == 2 else {
                throw Refusal(description: "`\(part)` is no fact: write `cloud.up=false`")
            }
            guard Self.names.contains(name) else {
                let names = Self.names.joined(separator: ", ")
                throw Refusal(description: "there is no fact `\(name)`; there are \(names)")
            }
            pairs[name] = Self.trimmed(sides[1])
        }
        try takeCloud(pairs, timeout)
        try takeRest(pairs)
        try takeAnswers(pairs)
    }

    private mutating func takeCloud(
        _ pairs: [String: String],
        _ timeout: Interval
    ) throws(Refusal) {
        if let up = try Self.flag("cloud.up", pairs) {
            cloud.isUp = up
            if up {
                cloud.breaker = .closed
                cloud.budgetLeft = 1
                (cloud.p50, cloud.p95) = (timeout, timeout)
            }
        }
        if let time = try Self.interval("cloud.p50", pairs) { cloud.p50 = time }
        if let time = try Self.interval("cloud.p95", pairs) {
            cloud.p95 = time
            cloud.p50 = min(cloud.p50, time)
        }
        if let count = try Self.whole("cloud.in_flight", pairs) { cloud.inFlight = count }
        if let share = try Self.share("cloud.budget_left", pairs) { cloud.budgetLeft = share }
        if let count = try Self.whole("cloud.calls_left", pairs) { cloud.callsLeft = Int64(count) }
        if let text = pairs["cloud.money_left"] {
            guard let money = Quantity.number(text), money >= 0 else {
                throw Refusal(description: "`cloud.money_left` wants an amount such as 2.50")
            }
            cloud.moneyLeft = money
        }
        if let text = pairs["cloud.breaker"] {
            guard let breaker = CloudFacts.Breaker(rawValue: text) else {
                throw Refusal(description: "`cloud.breaker` is closed, open or half_open")
            }
            cloud.breaker = breaker
        }
    }

    private mutating func takeRest(_ pairs: [String: String]) throws(Refusal) {
        deadlineLeft = try Self.interval("deadline.left", pairs) ?? deadlineLeft
        queue.depth = try Self.whole("queue.depth", pairs) ?? queue.depth
        queue.bytes = try Self.whole("queue.bytes", pairs) ?? queue.bytes
        queue.fill = try Self.share("queue.fill", pairs) ?? queue.fill
        queue.oldest = try Self.interval("queue.oldest", pairs) ?? queue.oldest
        queue.headRoom = try Self.interval("queue.head_room", pairs) ?? queue.headRoom
        if let holds = try Self.flag("bound.holds", pairs) { bound.isBroken = !holds }
        bound.upper = try Self.share("bound.estimate", pairs) ?? bound.upper
        bound.samples = try Self.whole("bound.samples", pairs) ?? bound.samples
        isRetained = try Self.flag("retained", pairs) ?? isRetained
    }

    private mutating func takeAnswers(_ pairs: [String: String]) throws(Refusal) {
        let confidence = try Self.share("confidence", pairs)
        let score = try Self.share("score", pairs)
        if pairs["label"] != nil || confidence != nil || score != nil {
            finding = Finding(
                model: ModelReference(name: "given", version: "0"),
                outcome: .classification(
                    .init(
                        label: pairs["label"] ?? "",
                        score: score ?? confidence ?? 0,
                        confidence: confidence
                    )
                ),
                latency: .zero
            )
        }
        let isLate = try Self.flag("answer.late", pairs) ?? false
        let sure = try Self.share("answer.confidence", pairs)
        let latency = try Self.interval("answer.latency", pairs) ?? cloud.p50
        guard let label = pairs["answer"] else { return }
        guard label != "none" else {
            answer = .never
            return
        }
        let verdict = Verdict(
            label: label,
            confidence: sure,
            endpoint: "given",
            model: ModelReference(name: "given", version: "0"),
            latency: latency
        )
        answer = isLate ? .late(verdict) : .inTime(verdict)
    }

    private static func flag(_ name: String, _ pairs: [String: String]) throws(Refusal) -> Bool? {
        try value(name, pairs, "true or false") { Bool($0) }
    }

    private static func interval(
        _ name: String,
        _ pairs: [String: String]
    ) throws(Refusal) -> Interval? {
        try value(name, pairs, "a duration such as `60ms`", Quantity.interval)
    }

    private static func whole(_ name: String, _ pairs: [String: String]) throws(Refusal) -> Int? {
        try value(name, pairs, "a whole number") { text in Int(text).flatMap { $0 < 0 ? nil : $0 } }
    }

    private static func share(
        _ name: String,
        _ pairs: [String: String]
    ) throws(Refusal) -> Double? {
        try value(name, pairs, "a share such as `0.3` or `30%`") { text in
            Quantity.fraction(text).flatMap { (0...1).contains($0) ? $0 : nil }
        }
    }

    private static func value<Value>(
        _ name: String,
        _ pairs: [String: String],
        _ wanted: String,
        _ read: (String) -> Value?
    ) throws(Refusal) -> Value? {
        guard let text = pairs[name] else { return nil }
        guard let value = read(text) else {
            throw Refusal(description: "`\(name)` wants \(wanted); found `\(text)`")
        }
        return value
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

extension CheckedSite {
    /// How long the first endpoint of policy `name` may take: what its latency counts as without samples.
    public func timeout(ofPolicy name: String) -> Interval {
        policy(name)?.endpoints.first
            .flatMap { configuration.endpoints[$0]?.models.values.map(\.options.timeout).max() }
            ?? .zero
    }
}
