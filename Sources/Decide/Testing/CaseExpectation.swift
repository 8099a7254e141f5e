// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// What a case expects; nil where it does not say.
struct CaseExpectation {
    /// How far a probability may be from the one that was written.
    private static let tolerance = 0.005

    var route: Route?
    var rule: String?
    var isProvisional: Bool?
    var fallback: Fallback?
    var spooled: Priority?
    var publishes: [String]?
    var actions: [String]?
    var label: String?
    var stage: Int?
    var alarm: Double?
    /// Fields, and tensors that stand for the fields they are made of: these leave and no others.
    var sends: [String]?
    /// Names of which none may leave.
    var keepsPrivate: [String]?
    var readings: Int?

    /// True when nothing about a reading is expected but how many there are.
    var isOnlyReadings: Bool {
        route == nil && rule == nil && isProvisional == nil && fallback == nil && spooled == nil
            && publishes == nil && actions == nil && label == nil && stage == nil && alarm == nil
            && sends == nil && keepsPrivate == nil
    }

    init() {}

    init(_ node: SettingsNode, policy: Policy) {
        let rules = policy.rules.map(\.name) + [policy.otherwise.name]
        let actions = policy.actions.map(\.name)
        let priorities = Priority.allCases.map { (word: $0.name, value: $0) }
        route = node.optional("route", .choice(Route.self))
        rule = node.optional("rule", .choice(of: rules.map { ($0, $0) }))
        isProvisional = node.optional("provisional", .flag)
        fallback = node.optional("fallback", .choice(Fallback.self))
        spooled = node.optional("spooled", .choice(of: priorities))
        publishes = node.optional("publishes", .list(of: .string))
        self.actions = node.optional(
            "actions",
            .list(of: .choice(of: actions.map { ($0, $0) }))
        )
        label = node.optionalString("label")
        stage = node.optionalInteger("stage", in: 1...max(1, policy.stages.count))
        alarm = node.optional("alarm", .number(in: 0...1))
        sends = node.optional("sends", .list(of: .string))
        keepsPrivate = node.optional("keeps_private", .list(of: .string))
        readings = node.optionalInteger("readings")
        if alarm != nil, policy.costs == nil {
            node.node("alarm")?.problemWithKey("the policy has no `costs`, and so no `alarm`")
        }
        if node.isMapping, !node.knownKeys.contains(where: { node.has($0.name) }) {
            node.problemWithKey("the case expects nothing", severity: .warning)
        }
    }

    /// What differs, in the order of the keys above.
    func differences(
        from result: CaseResult,
        tensors: [(name: String, fields: [String])]
    ) -> [PolicyTests.Difference] {
        var differences: [PolicyTests.Difference] = []
        func compare<Value: Equatable>(
            _ what: String,
            _ wanted: Value?,
            _ found: Value?,
            _ shown: (Value) -> String
        ) {
            guard let wanted, wanted != found else { return }
            differences.append(.init(what, shown(wanted), found.map(shown) ?? "none"))
        }
        let ruling = result.ruling
        compare("route", route, ruling.route) { $0.rawValue }
        compare("rule", rule, ruling.ruleName) { $0 }
        compare("provisional", isProvisional, ruling.isProvisional) { "\($0)" }
        compare("fallback", fallback, ruling.fallback) { $0.rawValue }
        compare("spooled", spooled, ruling.asksCloud ? ruling.priority : nil) { $0.name }
        compare("publishes", publishes, result.topics, Self.listed)
        compare("actions", actions, result.actions, Self.listed)
        compare("label", label, result.label) { $0 }
        compare("stage", stage, result.stage) { "\($0)" }
        if let alarm, (result.alarm.map { abs($0 - alarm) } ?? 1) > Self.tolerance {
            let found = result.alarm.map { "\(($0 * 1e4).rounded() / 1e4)" } ?? "none"
            differences.append(.init("alarm", "\(alarm)", found))
        }
        if let sends, !leavesExactly(sends, result, tensors) {
            let found = Self.listed(result.fields + (result.fields.isEmpty ? result.tensors : []))
            differences.append(.init("sends", Self.listed(sends), found))
        }
        if let keepsPrivate {
            let leaving = Set(result.fields + result.tensors)
            let lost = keepsPrivate.filter(leaving.contains)
            if !lost.isEmpty {
                let found = Self.listed(lost) + (lost.count == 1 ? " leaves" : " leave")
                differences.append(.init("keeps_private", Self.listed(keepsPrivate), found))
            }
        }
        return differences
    }

    /// True when what leaves is what `names` says: fields, and tensors for the fields they are made of.
    private func leavesExactly(
        _ names: [String],
        _ result: CaseResult,
        _ tensors: [(name: String, fields: [String])]
    ) -> Bool {
        var fields = Set<String>()
        for name in names {
            guard let tensor = tensors.first(where: { $0.name == name }) else {
                fields.insert(name)
                continue
            }
            guard result.tensors.contains(name) else { return false }
            fields.formUnion(tensor.fields)
        }
        return fields == Set(result.fields)
    }

    private static func listed(_ names: [String]) -> String {
        names.isEmpty ? "nothing" : names.joined(separator: ", ")
    }
}
