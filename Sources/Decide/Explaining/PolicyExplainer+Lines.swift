// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL

/// A condition's parts, one line each.
extension PolicyExplainer {
    func lines(_ view: ExpressionView, _ explanation: Explanation) -> [ConditionReport.Line] {
        lines(view, explanation, depth: 0, isShown: true)
    }

    private func lines(
        _ view: ExpressionView,
        _ explanation: Explanation,
        depth: Int,
        isShown: Bool
    ) -> [ConditionReport.Line] {
        var shows = isShown
        var showsParts = false
        switch view.kind {
        case .constant: return depth == 0 ? [line(view, explanation, depth)] : []
        case .variable(let slot, _):
            if let named = named(slot) {
                return [line(view, explanation, depth)] + opened(named, depth + 1)
            }
        case .local, .presence: break
        case .and, .or, .conditional, .comprehension: (shows, showsParts) = (true, true)
        case .call(name: "!_"): showsParts = true
        default: shows = true
        }
        // What is inside an arithmetic expression shows in its parent's line unless it has parts itself.
        let below = zip(view.children, explanation.children).flatMap { part, explained in
            lines(part, explained, depth: depth + (shows ? 1 : 0), isShown: showsParts)
        }
        return (shows ? [line(view, explanation, depth)] : []) + below
    }

    /// The line of a named expression's source, and those of its parts.
    private func opened(_ named: NamedExpression, _ depth: Int) -> [ConditionReport.Line] {
        let explanation = named.program.explain(frame)
        var lines = lines(named.program.syntax, explanation).map { line in
            var line = line
            line.depth += depth
            return line
        }
        if !lines.isEmpty { lines[0].text = "\(named.name) = \(lines[0].text)" }
        return lines
    }

    private func line(
        _ view: ExpressionView,
        _ explanation: Explanation,
        _ depth: Int
    ) -> ConditionReport.Line {
        var value =
            switch explanation.outcome {
            case .value(let value): value.plain
            case .failed(let error): error.explained
            case .skipped: "not evaluated"
            }
        if let element = explanation.element {
            value += " (\(element.split(whereSeparator: \.isWhitespace).joined(separator: " ")))"
        }
        return ConditionReport.Line(
            depth: depth,
            text: Self.onOneLine(explanation.text),
            filled: filled(view, explanation),
            value: value
        )
    }

    /// The part with its own parts' values in their places; nil where that says nothing new.
    private func filled(_ view: ExpressionView, _ explanation: Explanation) -> String? {
        guard case .call(let name) = view.kind, name != "!_" else { return nil }
        var scalars = Array(explanation.text.unicodeScalars)
        for child in explanation.children.reversed() where !child.isConstant {
            guard case .value(let value) = child.outcome else { continue }
            let start = child.range.lowerBound - explanation.range.lowerBound
            let end = child.range.upperBound - explanation.range.lowerBound
            guard start >= 0, start < end, end <= scalars.count else { continue }
            scalars.replaceSubrange(start..<end, with: value.plain.unicodeScalars)
        }
        let text = Self.onOneLine(String(String.UnicodeScalarView(scalars)))
        return text == Self.onOneLine(explanation.text) ? nil : text
    }

    static func onOneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
