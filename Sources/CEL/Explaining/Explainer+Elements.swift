// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Explainer {
    /// One round of a comprehension: its variables' values.
    struct Round {
        let first: Value
        let second: Value?

        /// The variables with their values, such as `i = 0, v = "a"`.
        func text(_ comprehension: TypedNode.Comprehension) -> String {
            var parts = ["\(comprehension.first.name) = \(first.shortened)"]
            if let name = comprehension.second?.name, let second {
                parts.append("\(name) = \(second.shortened)")
            }
            return "  for \(parts.joined(separator: ", "))"
        }
    }

    func store(_ round: Round, _ comprehension: TypedNode.Comprehension) {
        frame.store(comprehension.first.slot, round.first)
        if let second = comprehension.second, let value = round.second {
            frame.store(second.slot, value)
        }
    }

    /// The round that says most: the one that decided, else one that failed, else the first.
    func telling(
        _ comprehension: TypedNode.Comprehension,
        _ whole: Value,
        _ outcome: Explanation.Outcome
    ) -> Round? {
        let rounds = Explainer.rounds(comprehension, whole)
        if case .failed(let error) = outcome, error.code == .cost { return nil }
        guard let body = comprehension.condition ?? comprehension.transform else {
            return rounds.first
        }
        let code = emitter.emit(body).boxed
        let wanted: Value = .bool(comprehension.form != .all)
        return frame.aside {
            var failed: Round?
            for round in rounds {
                store(round, comprehension)
                do throws(EvaluationError) {
                    let value = try code(frame)
                    if comprehension.condition == nil || value == wanted { return round }
                } catch {
                    if error.code == .cost { return failed ?? rounds.first }
                    failed = failed ?? round
                }
            }
            return failed ?? rounds.first
        }
    }

    private static func rounds(
        _ comprehension: TypedNode.Comprehension,
        _ whole: Value
    ) -> [Round] {
        let hasTwo = comprehension.second != nil
        return switch whole {
        case .list(let values):
            values.enumerated().map { index, value in
                hasTwo
                    ? Round(first: .int(Int64(index)), second: value)
                    : Round(first: value, second: nil)
            }
        case .map(let map):
            map.entries.map { Round(first: $0.key, second: hasTwo ? $0.value : nil) }
        default: []
        }
    }
}
