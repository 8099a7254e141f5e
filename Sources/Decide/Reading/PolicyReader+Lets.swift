// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Settings
import Vocabulary

/// Which named expressions the conditions of a policy read.
final class LetUsage {
    /// The slots read by rules, actions and stages.
    var slots: Set<Int> = []
    /// True when a condition did not compile: nobody knows what it would have read.
    var isIncomplete = false
}

extension PolicyReader {
    /// How many named expressions a policy may have.
    private static let mostLets = 256

    /// `let`: named expressions, each of which may use the ones before it.
    mutating func readLets() {
        let nodes = root.named("let")
        guard nodes.count <= Self.mostLets else {
            root.node("let")?.problem("there are more than \(Self.mostLets) named expressions")
            return
        }
        let basis = environment
        var known: [(name: String, type: CELType)] = []
        var sound: Set<String> = []
        for (index, node) in nodes.enumerated() {
            let isFree = checkNameOfLet(node)
            let partial = Self.environment(basis, adding: known)
            let program = compile(node, expecting: nil, in: partial) { word in
                complaint(about: word, in: node.name, nodes, from: index)
            }
            if !isFree { usage.isIncomplete = true }
            if program != nil { sound.insert(node.name) }
            // One that is wrong is known all the same: those that use it are not to blame. One whose
            // name means something else has a name that no condition can say.
            known.append((isFree ? node.name : "\(index)", program?.resultType ?? .dyn))
        }
        // Slots are final only now, so everything is compiled once more; what compiled before does.
        environment = Self.environment(basis, adding: known)
        for (index, node) in nodes.enumerated() where sound.contains(node.name) {
            guard let program = environment.compile(node.text ?? "", expecting: nil).program else {
                continue
            }
            let slot = basis.names.count + index
            lets.append(NamedExpression(name: node.name, slot: slot, program: program))
        }
        usage.slots = []
    }

    /// Reports the named expressions that no rule, action or stage reads, directly or through others.
    func checkLetsAreUsed() {
        guard !usage.isIncomplete, lets.count == root.named("let").count else { return }
        var used = usage.slots
        for expression in lets.reversed() where used.contains(expression.slot) {
            used.formUnion(expression.program.variables)
        }
        for (node, expression) in zip(root.named("let"), lets)
        where !used.contains(expression.slot) {
            node.problemWithKey(
                "`\(expression.name)` is never used",
                hint: "leave it out, or use it in a rule, an action or a stage",
                severity: .warning
            )
        }
    }

    /// True when the name may be given to an expression; otherwise it is reported.
    private func checkNameOfLet(_ node: SettingsNode) -> Bool {
        let name = node.name
        if !Self.isIdentifier(name) {
            node.problemWithKey(
                "`\(name)` cannot be the name of an expression",
                hint: "use letters, digits and `_`, so that conditions can say it"
            )
        } else if ConditionVariable.reservedNames.contains(name) {
            node.problemWithKey(
                "`\(name)` is a word of conditions and cannot name an expression",
                hint: "choose another name, such as `my_\(name)`"
            )
        } else if captures.contains(name) {
            node.problemWithKey(
                "`\(name)` already names a level of the topic",
                hint: "choose another name"
            )
        } else if fields.contains(where: { $0.name == name }) {
            node.problemWithKey("`\(name)` already names a field", hint: "choose another name")
        } else {
            return true
        }
        return false
    }

    /// Why the expression `name` cannot use `word`, which names an expression that comes later.
    private func complaint(
        about word: String,
        in name: String,
        _ nodes: [SettingsNode],
        from index: Int
    ) -> (message: String, hint: String?)? {
        if word == name { return ("`\(name)` is defined by itself", nil) }
        guard nodes.dropFirst(index).contains(where: { $0.name == word }) else { return nil }
        let sources = Dictionary(
            nodes.map { ($0.name, ConditionText($0.text ?? "")) },
            uniquingKeysWith: { first, _ in first }
        )
        var seen: Set<String> = []
        var open = [word]
        while let next = open.popLast() {
            guard seen.insert(next).inserted, let text = sources[next] else { continue }
            open += sources.keys.filter { text.offset(ofWord: $0) != nil }
        }
        return seen.contains(name)
            ? ("`\(name)` and `\(word)` are defined by each other", nil)
            : ("`\(word)` is defined only after `\(name)`", "put `\(word)` first")
    }

    private static func environment(
        _ basis: CEL.Environment,
        adding lets: [(name: String, type: CELType)]
    ) -> CEL.Environment {
        CEL.Environment(variables: Array(zip(basis.names, basis.types)) + lets, zones: .system)
    }
}
