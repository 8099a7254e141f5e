// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// A decision line while it is read.
final class DecisionDraft {
    private var decision = TraceDecision(
        id: DecisionID(high: 0, low: 0),
        policy: "",
        version: "",
        topic: "",
        device: "",
        time: WallTime(nanoseconds: 0),
        arrived: WallTime(nanoseconds: 0),
        rule: "",
        route: .act
    )
    private var arrived: WallTime?
    private var found: Set<String> = []

    func read(_ name: String, _ scanner: inout TraceScanner) throws(TraceScanner.Fault) {
        switch name {
        case "id": decision.id = try scanner.identity()
        case "policy": decision.policy = try scanner.text()
        case "version": decision.version = try scanner.text()
        case "topic": decision.topic = try scanner.text()
        case "device": decision.device = try scanner.text()
        case "time": decision.time = try scanner.time()
        case "clock": decision.isDeviceTime = try scanner.text() != "arrival"
        case "arrived": arrived = try scanner.time()
        case "sequence": decision.sequence = try scanner.whole()
        case "retained": decision.isRetained = try scanner.flag()
        case "whole": decision.isWhole = try scanner.flag()
        case "fields": decision.fields = try scanner.fields()
        case "withheld": decision.withheld = try scanner.texts()
        case "finding": decision.finding = try scanner.finding()
        case "earlier":
            try scanner.array { (scanner) throws(TraceScanner.Fault) in
                decision.earlier.append(try scanner.finding())
            }
        case "cloud": decision.cloud = try scanner.cloud()
        case "deadline": decision.deadline = try scanner.deadline()
        case "queue": decision.queue = try scanner.queue()
        case "bound": decision.bound = try scanner.bound()
        default: return try readRuling(name, &scanner)
        }
        mark(name)
    }

    private func readRuling(
        _ name: String,
        _ scanner: inout TraceScanner
    ) throws(TraceScanner.Fault) {
        switch name {
        case "rule": decision.rule = try scanner.text()
        case "route": decision.route = try scanner.choice(Route.self)
        case "provisional": decision.isProvisional = try scanner.flag()
        case "fallback": decision.fallback = try scanner.choice(Fallback.self)
        case "priority":
            let place = scanner.position
            let word = try scanner.text()
            guard let priority = Priority.allCases.first(where: { $0.name == word }) else {
                throw scanner.fault("a priority is `high`, `normal` or `low`", at: place)
            }
            decision.priority = priority
        case "actions": decision.actions = try scanner.texts()
        case "audit": decision.audit = try scanner.number()
        case "latency_ms": decision.latency = try scanner.milliseconds()
        default: return try scanner.skip()
        }
        mark(name)
    }

    private func mark(_ name: String) {
        guard Self.required.contains(name) else { return }
        found.insert(name)
    }

    func finished(_ scanner: TraceScanner) throws(TraceScanner.Fault) -> TraceDecision {
        guard found.count == Self.required.count else {
            let missing = Self.required.first { !found.contains($0) } ?? ""
            throw scanner.fault("a decision has `\(missing)`")
        }
        decision.arrived = arrived ?? decision.time
        return decision
    }

    private static let required = [
        "id", "policy", "version", "topic", "device", "time", "fields", "rule", "route",
    ]
}
