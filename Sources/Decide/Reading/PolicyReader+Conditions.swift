// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Settings
import Vocabulary

extension PolicyReader {
    /// Declares the variables: the built-in ones, the captures, the fields.
    mutating func makeEnvironment() {
        var variables = ConditionVariable.allCases.map(\.declaration)
        for name in captures { variables.append((name, .string)) }
        for field in fields { variables.append((field.name, Self.type(of: field.kind))) }
        environment = CEL.Environment(variables: variables, zones: .system)
    }

    /// Compiles the condition of `node`; nil when it does not compile, which is reported.
    ///
    /// A problem with a word that `complaint` knows better is said in its words.
    func compile(
        _ node: SettingsNode,
        expecting: CELType? = .bool,
        in environment: CEL.Environment? = nil,
        complaint: (String) -> (message: String, hint: String?)? = { _ in nil }
    ) -> Program? {
        guard let source = node.read(.condition) else {
            usage.isIncomplete = true
            return nil
        }
        let environment = environment ?? self.environment
        let compilation = environment.compile(source, expecting: expecting)
        for problem in compilation.problems {
            let place = CharacterRange(scalars: problem.offset, count: problem.length, in: source)
            let known = complaint(place.text)
            node.problem(
                at: place.offset,
                length: place.length,
                known?.message ?? problem.message,
                hint: known.map(\.hint) ?? problem.hint
            )
        }
        guard let program = compilation.program else {
            usage.isIncomplete = true
            return nil
        }
        usage.slots.formUnion(program.variables)
        for slot in program.variables {
            guard let variable = ConditionVariable(rawValue: slot) else { continue }
            checkMeaning(of: variable, in: source, node)
        }
        checkLabels(in: source, node)
        checkCanHold(program, node)
        checkCost(program, node)
        return program
    }

    private static func type(of kind: ReadingSpec.FieldKind) -> CELType {
        switch kind {
        case .number: .double
        case .text: .string
        case .flag: .bool
        case .samples: .list(.double)
        case .bytes: .bytes
        case .any: .dyn
        }
    }

    /// Reports a variable that type-checks and can never have a value here.
    private func checkMeaning(
        of variable: ConditionVariable,
        in source: String,
        _ node: SettingsNode
    ) {
        let name = variable.name
        var severity = Diagnostic.Severity.error
        let complaint: (message: String, hint: String?)?
        switch variable {
        case _ where variable.comesFromModel:
            complaint = complaintAboutModel(variable)
        case .threshold:
            complaint =
                root.has("threshold")
                ? nil
                : ("`threshold` is used and not set", "add `threshold: 0.9`, or `sluice tune` it")
        case .thresholdLow, .thresholdHigh:
            let isSet = root.has("costs") || thresholds.contains { $0.low != nil }
            complaint =
                isSet
                ? nil
                : (
                    "`\(name)` is used, and the policy has no `costs`",
                    "add `costs: { alarm: [label], miss: 100, false_alarm: 1, escalation: 0.02 }`"
                )
        case .boundHolds, .boundEstimate, .boundSamples:
            severity = .warning
            complaint =
                thresholds.contains(where: \.isTuned)
                ? nil
                : ("`\(name)` is used, and no threshold was tuned to a bound", "`sluice tune` it")
        case .deadlineTotal, .deadlineLeft:
            complaint =
                root.has("deadline")
                ? nil
                : ("`\(name)` is used, and the policy has no `deadline`", "add `deadline: 250ms`")
        case .cloudUp, .cloudP50, .cloudP95, .cloudInFlight, .cloudBreaker, .cloudBudgetLeft,
            .cloudMoneyLeft, .cloudCallsLeft:
            severity = .warning
            complaint =
                root.has("escalate")
                ? nil
                : ("`\(name)` is used, and the policy has nobody to ask", "add `escalate: [...]`")
        case .sequence:
            complaint =
                hasSequence
                ? nil : ("`sequence` is used, and `reading` does not say where it is", nil)
        case .time:
            complaint =
                hasTime ? nil : ("`time` is used, and `reading` does not say where it is", nil)
        default:
            complaint = nil
        }
        guard let complaint else { return }
        let offset = ConditionText(source).offset(ofWord: name) ?? 0
        node.problem(
            at: offset,
            length: name.count,
            complaint.message,
            hint: complaint.hint,
            severity: severity
        )
    }

    private func complaintAboutModel(
        _ variable: ConditionVariable
    ) -> (message: String, hint: String?)? {
        let name = variable.name
        if variable == .alarm, !root.has("costs") {
            return (
                "`alarm` is used, and the policy has no `costs`",
                "say which labels are alarms: `costs: { alarm: [label], … }`"
            )
        }
        guard root.has("model") || root.has("stages") else {
            return ("`\(name)` is used, and the policy has no `model`", "add `model: name`")
        }
        if variable == .modelSkipped, !root.has("deadline") {
            return (
                "`model.skipped` is used, and the policy has no `deadline` to be too late for",
                "add `deadline: 250ms`"
            )
        }
        guard let modelShape, modelShape.kind != .unknown else { return nil }
        let given: [ConditionVariable] =
            switch modelShape.kind {
            case .classifier: [.label, .score, .confidence, .margin, .probabilities, .alarm]
            case .detector:
                modelShape.givesConfidence ? [.label, .score, .confidence] : [.label, .score]
            case .value: [.value]
            case .detections: [.detections]
            case .unknown: []
            }
        let always: [ConditionVariable] = [
            .modelName, .modelVersion, .modelFailed, .modelSkipped, .modelLatency, .stage,
        ]
        guard !given.contains(variable), !always.contains(variable) else { return nil }
        var names = given.map { "`\($0.name)`" }.joined(separator: ", ")
        if variable == .confidence, modelShape.kind == .detector {
            names += "; `sluice tune` fits a confidence on labels"
        }
        return (
            "the model `\(model ?? "")` is a \(modelShape.kind.rawValue) and gives no `\(name)`",
            given.isEmpty ? nil : "it gives \(names)"
        )
    }

    /// Reports a comparison of `label` with a text that is none of the model's labels.
    private func checkLabels(in source: String, _ node: SettingsNode) {
        // A detector's labels are its own: a condition may mean the cloud's.
        guard let modelShape, modelShape.kind == .classifier else { return }
        let labels = modelShape.labels
        guard !labels.isEmpty else { return }
        for compared in ConditionText(source).labels where !labels.contains(compared.text) {
            let known = labels.map { "`\($0)`" }.joined(separator: ", ")
            node.problem(
                at: compared.offset,
                length: compared.text.count + 2,
                "`\(compared.text)` is none of the labels of `\(model ?? "")`",
                hint: Suggestion.hint(for: compared.text, among: labels) ?? "they are \(known)",
                // The cloud's model may know more labels than the local one.
                severity: .warning
            )
        }
    }
}

extension Shape where Value == String {
    /// A CEL expression that is true or false.
    static var condition: Shape {
        Shape.parsed(
            "a condition, such as `confidence >= threshold`",
            as: .text(pattern: "cel")
        ) { text in
            guard !text.isEmpty else { throw ShapeMismatch() }
            return text
        }
    }
}
