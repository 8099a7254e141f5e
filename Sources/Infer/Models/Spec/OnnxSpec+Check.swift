// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

extension OnnxSpec {
    /// What tells at load whether the model does here what it did where it was made.
    struct Check {
        /// Numbers or texts, one after the other, whatever the shape.
        enum Values: Equatable {
            case numbers([Double])
            case texts([String])

            var count: Int {
                switch self {
                case .numbers(let numbers): numbers.count
                case .texts(let texts): texts.count
                }
            }
        }

        /// The numbers of all inputs one after the other, in the model's order; nil where they are named.
        var input: [Double]?
        /// What each input takes, by its name.
        var inputs: [String: Values]
        /// What each output gives, by its name.
        var outputs: [String: Values]
        var label: String?
        var probabilities: [Double]?
        var value: Double?
        var tolerance: Double
        /// Where it stands in `model.yaml`.
        var node: SettingsNode
    }

    /// The check as `model.yaml` has it: whole, or in a file beside it.
    enum PlacedCheck {
        case none
        case inline(Check)
        /// `input` names a file that has the rest.
        case file(String, tolerance: Double?, node: SettingsNode)

        init(_ node: SettingsNode?) {
            guard let node else {
                self = .none
                return
            }
            guard let name = node.node("input")?.text else {
                self = .inline(Check(node, at: node, tolerance: nil))
                return
            }
            let tolerance = node.optional("tolerance", .number(in: 0...1e9))
            self = .file(
                node.optional("input", .fileName) ?? name,
                tolerance: tolerance,
                node: node
            )
        }

        /// True when there is none.
        var isMissing: Bool {
            if case .none = self { true } else { false }
        }

        /// How large a file of a check may be: an image's numbers are many.
        private static let limits = SettingsLimits(bytes: 16 << 20, nodes: 1_000_000)

        /// The check, read from its file where it has one.
        func resolved(in folder: ModelFolder) -> (Check?, [Diagnostic]) {
            switch self {
            case .none: return (nil, [])
            case .inline(let check): return (check, [])
            case .file(let name, let tolerance, let node):
                let (read, found) = SettingsFile.read(
                    path: folder.path + "/" + name,
                    shownAs: folder.name + "/" + name,
                    limits: Self.limits
                )
                guard let file = read else { return (nil, found) }
                let check = Check(file.root, at: node, tolerance: tolerance)
                file.root.finish()
                return (file.hasErrors ? nil : check, file.diagnostics)
            }
        }
    }
}

extension OnnxSpec.Check {
    /// Reads `source`, the mapping in `model.yaml` or a file of its own.
    fileprivate init(_ source: SettingsNode, at node: SettingsNode, tolerance: Double?) {
        self.node = node
        inputs = [:]
        outputs = [:]
        if let given = source.node("input"), given.isMapping {
            for one in source.named("input") { inputs[one.name] = Values(one) }
        } else if let given = source.node("input"), given.isList {
            if case .numbers(let numbers)? = Values(given) {
                input = numbers
            } else {
                given.problem("`input` wants numbers, or a mapping of inputs to their values")
            }
        } else {
            source.reportMissing(
                "input",
                "`input` is missing in `check`",
                hint: "it wants a list of numbers, or a mapping of inputs to their values"
            )
        }
        for one in source.named("output") { outputs[one.name] = Values(one) }
        label = source.optionalString("label")
        probabilities = source.optional("probabilities", .list(of: .number(in: 0...1)))
        value = source.optional("value", .number())
        self.tolerance =
            tolerance ?? source.value("tolerance", .number(in: 0...1e9), default: 1e-4)
        if label == nil, probabilities == nil, value == nil, outputs.isEmpty {
            source.problem(
                "`check` expects nothing of the model",
                hint: "add `output`, `label`, `probabilities` or `value`"
            )
        }
    }
}

extension OnnxSpec.Check.Values {
    /// Reads a number, a text, or a list of them, nested as the tensor's shape is; nil for anything else,
    /// which is reported.
    fileprivate init?(_ node: SettingsNode) {
        var numbers: [Double] = []
        var texts: [String] = []
        func gather(_ node: SettingsNode, depth: Int) -> Bool {
            guard !node.isList else {
                return depth < 8
                    && node.elements.allSatisfy { gather($0, depth: depth + 1) }
            }
            if let flag = node.flagValue {
                numbers.append(flag ? 1 : 0)
            } else if let number = node.numberValue {
                numbers.append(number)
            } else if let text = node.read(.anyString) {
                texts.append(text)
            } else {
                return false
            }
            return true
        }
        guard gather(node, depth: 0) else { return nil }
        guard numbers.isEmpty || texts.isEmpty else {
            node.problem("numbers and texts stand in one list")
            return nil
        }
        self = texts.isEmpty ? .numbers(numbers) : .texts(texts)
    }
}
