// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What one sub-expression gave in one evaluation, with those inside it.
public struct Explanation: Sendable {
    /// What became of a sub-expression.
    public enum Outcome: Sendable {
        /// It has this value.
        case value(Value)
        /// It could not be evaluated.
        case failed(EvaluationError)
        /// It was not evaluated, because the result was known without it.
        case skipped
    }

    /// The sub-expression as the source writes it.
    public let text: String
    /// Its place in the source, in Unicode scalars.
    public let range: Range<Int>
    /// What became of it.
    public let outcome: Outcome
    /// Inside a macro's body: the element it was shown for, such as `x = 3`.
    public let element: String?
    /// Whether it is the same in every evaluation, so that a report need not show it.
    public let isConstant: Bool
    /// The sub-expressions in the order of the source; none below constants.
    public let children: [Explanation]
}

extension Explanation: CustomStringConvertible {
    /// One line a sub-expression that is no constant, indented, the values below each other.
    public var description: String {
        let lines = self.lines(depth: 0)
        let width = min(lines.map(\.text.count).max() ?? 0, 60)
        return lines.map { line in
            let padding = String(repeating: " ", count: max(0, width - line.text.count))
            return "\(line.text)\(padding)  \(line.outcome)"
        }.joined(separator: "\n")
    }

    private func lines(depth: Int) -> [(text: String, outcome: String)] {
        let indent = String(repeating: "  ", count: depth)
        let onOneLine = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let line = (text: indent + onOneLine, outcome: outcome.shown + (element ?? ""))
        return children.reduce(into: [line]) { lines, child in
            if !child.isConstant { lines += child.lines(depth: depth + 1) }
        }
    }
}

extension Explanation.Outcome {
    fileprivate var shown: String {
        switch self {
        case .value(let value): value.description
        case .failed(let error): "error: \(error.explained)"
        case .skipped: "not evaluated"
        }
    }
}

extension Program {
    /// Evaluates keeping what every sub-expression gave; never throws.
    ///
    /// The slow path, for reports: it allocates, and the bodies of macros run again for the element
    /// that is shown. Values and their order are those of ``evaluate(_:)``.
    public func explain(_ frame: Frame) -> Explanation {
        let scalars = Array(source.unicodeScalars)
        do throws(EvaluationError) {
            try begin(frame)
        } catch {
            return Explanation(
                text: source,
                range: tree.range,
                outcome: .failed(error),
                element: nil,
                isConstant: false,
                children: []
            )
        }
        let explainer = Explainer(
            emitter: Emitter(zones: environment.zones),
            frame: frame,
            source: scalars
        )
        return explainer.explain(tree)
    }
}
