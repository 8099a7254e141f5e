// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Escalate
import Settings
import Vocabulary

/// What an endpoint may cost, and when it may be asked twice.
extension GatewayConfiguration.Endpoint {
    /// Reads `budget` and `hedge`, which hold for all its models.
    mutating func limit(_ node: SettingsNode, zone: LocalZone) {
        let budget = BudgetOptions(node.optionalMapping("budget"), zone: zone)
        let hedging = HedgeOptions(node.optionalMapping("hedge"))
        for policy in models.keys {
            models[policy]?.options.server = name
            models[policy]?.options.budget = budget
            models[policy]?.options.hedging = hedging
        }
    }
}

extension LocalZone {
    /// Reads `site: { time_zone: … }`; UTC without it.
    static func read(_ root: SettingsNode) -> LocalZone {
        let shape = Shape<LocalZone>.parsed("a time zone such as `Europe/Berlin`") {
            name in
            guard ZoneDatabase.system.secondsEast(of: name, at: 0) != nil else {
                throw ShapeMismatch(
                    "there is no time zone `\(name)` on this machine",
                    hint: "install the system's time zones (package `tzdata`), or write `+01:00`"
                )
            }
            return LocalZone(name: name) { seconds in
                ZoneDatabase.system.secondsEast(of: name, at: seconds) ?? 0
            }
        }
        return root.optionalMapping("site")?.optional("time_zone", shape) ?? .utc
    }
}

extension BudgetOptions {
    /// The least number of bytes a budget may have: a few calls with the smallest replies.
    private static let leastBytes: Int64 = 64 << 10

    fileprivate init?(_ node: SettingsNode?, zone: LocalZone) {
        guard let node else { return nil }
        var limits: [BudgetLimit] = []
        for kind in BudgetKind.allCases {
            limits += node.optional(kind.rawValue, .oneOrMore(of: Self.limit(kind))) ?? []
        }
        let price = node.value("price_per_call", .number(in: 0...1e6), default: 0)
        self.init(
            limits: limits,
            pricePerCall: Int64((price * Double(Self.moneyUnit)).rounded()),
            zone: zone
        )
        if limits.isEmpty, !node.has("calls"), !node.has("bytes"), !node.has("money") {
            node.problem(
                "a budget without a limit",
                hint: "give it `calls: 5000/day`, `money: 3.00/day` or `bytes: 1GiB/month`"
            )
        }
        if limits.contains(where: { $0.kind == .money }), price == 0 {
            (node.node("money") ?? node).problem(
                "money is never spent: calls cost nothing",
                hint: "say `price_per_call: 0.0004`"
            )
        }
    }

    /// An amount and a window, such as `5000/day`.
    private static func limit(_ kind: BudgetKind) -> Shape<BudgetLimit> {
        let example =
            switch kind {
            case .calls: "5000/day"
            case .bytes: "1GiB/month"
            case .money: "3.00/day"
            }
        return .parsed("an amount and a window, such as `\(example)`") {
            text in
            let sides = text.split(separator: "/", omittingEmptySubsequences: false)
                .map { String($0).trimmingSpaces }
            guard sides.count == 2 else {
                throw ShapeMismatch(hint: "windows are minute, hour, day and month")
            }
            guard let window = BudgetWindow(rawValue: sides[1]) else {
                throw ShapeMismatch(
                    "there is no window `\(sides[1])`",
                    hint: "windows are minute, hour, day and month"
                )
            }
            guard let amount = amount(kind, sides[0]) else { throw ShapeMismatch() }
            if kind == .bytes, amount < leastBytes {
                throw ShapeMismatch("a budget of bytes has at least 64KiB")
            }
            return BudgetLimit(kind, amount, per: window)
        }
    }

    private static func amount(_ kind: BudgetKind, _ text: String) -> Int64? {
        switch kind {
        case .calls: return Int64(text).flatMap { $0 > 0 ? $0 : nil }
        case .bytes: return Quantity.bytes(text).map { Int64($0) }
        case .money:
            guard let money = Quantity.number(text), money > 0, money <= 1e9 else { return nil }
            return Int64((money * Double(moneyUnit)).rounded())
        }
    }
}

extension HedgeOptions {
    fileprivate init?(_ node: SettingsNode?) {
        guard let node else { return nil }
        let after = Shape<Delay>.parsed("`p95`, or a duration such as `80ms`") {
            text in
            if text == "p95" { return .observed }
            guard let delay = Quantity.interval(text), delay > .zero else { throw ShapeMismatch() }
            return .fixed(delay)
        }
        let share = node.value("at_most", .fraction, default: 0.02)
        if share <= 0 {
            (node.node("at_most") ?? node).problem(
                "no call may be sent twice, so nothing is hedged",
                hint: "leave `hedge` out, or allow a few, such as `2%`",
                severity: .warning
            )
        }
        self.init(after: node.value("after", after, default: .observed), share: share)
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
