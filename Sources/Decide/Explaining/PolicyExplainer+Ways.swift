// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL

/// What would have to be different for a condition to come out the other way.
///
/// Of a conjunction that does not hold every failing part has to change, of one that holds any part;
/// of a disjunction the other way round. A comparison is solved for each variable on either side through
/// sums, differences, products and quotients. A way whose changes are all of single variables is
/// tried on the condition before it is given.
extension PolicyExplainer {
    /// How many ways are looked at and given.
    private static let limit = 6

    func ways(turning program: Program, from isHeld: Bool) -> [[Change]] {
        ways(program.syntax, to: !isHeld)
            .filter { tried($0, on: program) != isHeld }
            .sorted { Self.weight($0) < Self.weight($1) }
    }

    private static func weight(_ way: [Change]) -> Double {
        way.reduce(0) { $0 + $1.distance + ($1.isOfPolicy ? 10 : 0) }
    }

    /// What the condition gives after the changes; nil when they cannot be tried.
    private func tried(_ way: [Change], on program: Program) -> Bool? {
        var former: [(slot: Int, value: Value?)] = []
        defer {
            for (slot, value) in former.reversed() {
                if let value { frame.set(slot, value) } else { frame.clear(slot) }
            }
            refresh()
        }
        for change in way {
            guard let (slot, value) = change.trial else { return nil }
            former.append((slot, try? frame.value(slot)))
            frame.set(slot, value)
        }
        refresh()
        return try? program.holds(frame)
    }

    private func ways(_ view: ExpressionView, to wanted: Bool) -> [[Change]] {
        switch view.kind {
        case .constant: return []
        case .and: return wanted ? all(view, to: true) : any(view, to: false)
        case .or: return wanted ? any(view, to: true) : all(view, to: false)
        case .call(name: "!_"): return view.children.first.map { ways($0, to: !wanted) } ?? []
        case .variable(let slot, let name):
            if let named = named(slot) { return ways(named.program.syntax, to: wanted) }
            guard let now = try? frame.value(slot) else { return missing(view) }
            return [[change(slot, name, now, .equal, .bool(wanted))]]
        case .call(let name):
            guard value(view) != nil else { return missing(view) }
            return comparison(name, view, to: wanted) ?? [[opaque(view, to: wanted)]]
        default:
            guard value(view) != nil else { return missing(view) }
            return [[opaque(view, to: wanted)]]
        }
    }

    // MARK: - Chains

    /// Every part that is not as wanted has to change.
    private func all(_ view: ExpressionView, to wanted: Bool) -> [[Change]] {
        let open = view.children.filter { value($0) != .bool(wanted) }
        let parts = open.map { ways($0, to: wanted) }
        guard parts.allSatisfy({ !$0.isEmpty }) else { return [] }
        let first = parts.map { Self.best($0) }
        var found = [first.flatMap(\.self)]
        for (index, part) in parts.enumerated() {
            for way in part where way != first[index] && found.count < Self.limit {
                var next = first
                next[index] = way
                found.append(next.flatMap(\.self))
            }
        }
        return found
    }

    /// One part has to change.
    private func any(_ view: ExpressionView, to wanted: Bool) -> [[Change]] {
        Array(
            view.children.flatMap { ways($0, to: wanted) }
                .sorted { Self.weight($0) < Self.weight($1) }.prefix(Self.limit)
        )
    }

    private static func best(_ ways: [[Change]]) -> [Change] {
        ways.min { weight($0) < weight($1) } ?? []
    }

    // MARK: - Comparisons

    private static let relations: [String: Change.Relation] = [
        "_<_": .below, "_<=_": .atMost, "_>_": .above, "_>=_": .atLeast, "_==_": .equal,
        "_!=_": .other, "_in_": .oneOf,
    ]

    /// The ways to turn a comparison; nil for what is none.
    private func comparison(
        _ name: String,
        _ view: ExpressionView,
        to wanted: Bool
    ) -> [[Change]]? {
        guard var relation = Self.relations[name], view.children.count == 2 else { return nil }
        if !wanted { relation = relation.opposite }
        let (left, right) = (view.children[0], view.children[1])
        guard let first = value(left), let second = value(right) else { return nil }
        var changes = self.changes(of: left, relation, to: second)
        if name != "_in_" { changes += self.changes(of: right, relation.mirrored, to: first) }
        return changes.isEmpty ? nil : changes.map { [$0] }
    }

    private func changes(
        of view: ExpressionView,
        _ relation: Change.Relation,
        to wanted: Value
    ) -> [Change] {
        if let now = value(view)?.number, let number = wanted.number, now.isFinite {
            return changes(of: view, relation, to: number)
        }
        guard case .variable(let slot, let name) = view.kind, named(slot) == nil,
            let now = try? frame.value(slot)
        else { return [] }
        // Where nothing is sure, no confidence is enough.
        if case .double(let number) = wanted, !number.isFinite { return [] }
        return [change(slot, name, now, relation, wanted)]
    }

    /// Solves for the variables in `view`, one at a time.
    private func changes(
        of view: ExpressionView,
        _ relation: Change.Relation,
        to wanted: Double
    ) -> [Change] {
        guard wanted.isFinite, let now = value(view), let number = now.number else { return [] }
        switch view.kind {
        case .constant: return []
        case .variable(let slot, let name):
            if let named = named(slot) {
                return changes(of: named.program.syntax, relation, to: wanted)
            }
            guard let value = now.with(wanted, relation) else { return [] }
            return [change(slot, name, now, relation, value)]
        case .call(let name):
            let parts = view.children
            let numbers = parts.compactMap { value($0)?.number }
            if parts.count == 2, numbers.count == 2, value(parts[0])?.typeName == now.typeName {
                let (left, right) = (numbers[0], numbers[1])
                switch name {
                case "_+_":
                    return changes(of: parts[0], relation, to: wanted - right)
                        + changes(of: parts[1], relation, to: wanted - left)
                case "_-_":
                    return changes(of: parts[0], relation, to: wanted + right)
                        + changes(of: parts[1], relation.mirrored, to: left - wanted)
                case "_*_" where left != 0 && right != 0:
                    return changes(
                        of: parts[0],
                        right > 0 ? relation : relation.mirrored,
                        to: wanted / right
                    )
                        + changes(
                            of: parts[1],
                            left > 0 ? relation : relation.mirrored,
                            to: wanted / left
                        )
                case "_/_" where right != 0:
                    let turned = right > 0 ? relation : relation.mirrored
                    let found = changes(of: parts[0], turned, to: wanted * right)
                    if !found.isEmpty { return found }
                default: break
                }
            }
        default: break
        }
        guard !view.isConstant, let value = now.with(wanted, relation) else { return [] }
        var change = Change(
            name: Self.onOneLine(view.text),
            now: now.plain,
            relation: relation,
            value: value.plain
        )
        change.distance = Self.distance(number, wanted)
        return [change]
    }

    // MARK: - Single changes

    private func change(
        _ slot: Int,
        _ name: String,
        _ now: Value,
        _ relation: Change.Relation,
        _ wanted: Value
    ) -> Change {
        var change = Change(
            name: name,
            now: now.plain,
            relation: relation,
            value: wanted.plain
        )
        if let from = now.number, let to = wanted.number {
            change.distance = Self.distance(from, to)
        }
        let kept: [ConditionVariable] = [
            .threshold, .thresholdLow, .thresholdHigh, .deadlineTotal,
        ]
        change.isOfPolicy = kept.contains { $0.rawValue == slot }
        if let value = wanted.meeting(relation) { change.trial = (slot, value) }
        return change
    }

    private static func distance(_ from: Double, _ to: Double) -> Double {
        let larger = max(abs(from), abs(to))
        return larger > 0 ? abs(to - from) / larger : 0
    }

    private func opaque(_ view: ExpressionView, to wanted: Bool) -> Change {
        Change(
            name: Self.onOneLine(view.text),
            now: wanted ? "false" : "true",
            relation: .equal,
            value: wanted ? "true" : "false"
        )
    }

    /// The variables that would have to have a value first.
    private func missing(_ view: ExpressionView) -> [[Change]] {
        var names: [String] = []
        func look(_ view: ExpressionView) {
            if case .variable(let slot, let name) = view.kind {
                if let named = named(slot) {
                    look(named.program.syntax)
                } else if (try? frame.value(slot)) == nil, !names.contains(name) {
                    names.append(name)
                }
            }
            view.children.forEach(look)
        }
        look(view)
        guard !names.isEmpty else { return [] }
        return [names.map { Change(name: $0, now: nil, relation: .present, value: "") }]
    }
}

extension ExpressionView {
    fileprivate var isConstant: Bool {
        if case .constant = kind { return true }
        return false
    }
}
