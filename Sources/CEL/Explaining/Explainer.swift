// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Evaluates a tree from the leaves up, so that no sub-expression is evaluated twice.
///
/// Every node is emitted over the values its children gave; so there is one meaning of each
/// operation, the emitter's.
struct Explainer {
    let emitter: Emitter
    let frame: Frame
    let source: [Unicode.Scalar]

    func explain(_ node: TypedNode, element: String? = nil) -> Explanation {
        if node.isClosed {
            return explanation(node, run(node), element, isConstant: true)
        }
        switch node.kind {
        case .and(let operands): return logic(node, operands, until: false, element)
        case .or(let operands): return logic(node, operands, until: true, element)
        case .conditional(let condition, let first, let second):
            return conditional(node, condition, first, second, element)
        case .comprehension(let comprehension):
            return self.comprehension(node, comprehension, element)
        default: return strict(node, element)
        }
    }

    private func run(_ node: TypedNode) -> Explanation.Outcome {
        do throws(EvaluationError) {
            return .value(try emitter.emit(node).boxed(frame))
        } catch {
            return .failed(error)
        }
    }

    /// A node that evaluates all its children and fails with the first that fails.
    private func strict(_ node: TypedNode, _ element: String?) -> Explanation {
        var children: [Explanation] = []
        var known: [TypedNode] = []
        var failure: EvaluationError?
        for child in node.children {
            guard failure == nil else {
                children.append(skipped(child))
                continue
            }
            let explained = explain(child)
            children.append(explained)
            if case .failed(let error) = explained.outcome { failure = error }
            known.append(child.standing(for: explained.outcome))
        }
        let outcome = failure.map { .failed($0) } ?? run(node.over(known))
        return explanation(node, outcome, element, children)
    }

    private func logic(
        _ node: TypedNode,
        _ operands: [TypedNode],
        until decisive: Bool,
        _ element: String?
    ) -> Explanation {
        var children: [Explanation] = []
        var known: [TypedNode] = []
        var isDecided = false
        for operand in operands {
            guard !isDecided else {
                children.append(skipped(operand))
                continue
            }
            let explained = explain(operand)
            children.append(explained)
            known.append(operand.standing(for: explained.outcome))
            switch explained.outcome {
            case .value(.bool(decisive)): isDecided = true
            case .failed(let error): isDecided = error.code == .cost
            default: break
            }
        }
        return explanation(node, run(node.over(known)), element, children)
    }

    private func conditional(
        _ node: TypedNode,
        _ condition: TypedNode,
        _ first: TypedNode,
        _ second: TypedNode,
        _ element: String?
    ) -> Explanation {
        let decided = explain(condition)
        guard case .value(.bool(let holds)) = decided.outcome else {
            let known = condition.standing(for: decided.outcome)
            let whole = TypedNode(.conditional(known, first, second), node.type, node.range)
            let children = [decided, skipped(first), skipped(second)]
            return explanation(node, run(whole), element, children)
        }
        let chosen = explain(holds ? first : second)
        let other = skipped(holds ? second : first)
        let children = [decided] + (holds ? [chosen, other] : [other, chosen])
        return explanation(node, chosen.outcome, element, children)
    }

    private func comprehension(
        _ node: TypedNode,
        _ comprehension: TypedNode.Comprehension,
        _ element: String?
    ) -> Explanation {
        let source = explain(comprehension.source)
        let bodies = [comprehension.condition, comprehension.transform].compactMap(\.self)
        guard case .value(let whole) = source.outcome else {
            return explanation(node, source.outcome, element, [source] + bodies.map(skipped))
        }
        let known = comprehension.over(TypedNode(.known(whole), .dyn, comprehension.source.range))
        let outcome = run(TypedNode(.comprehension(known), node.type, node.range))
        guard let shown = telling(comprehension, whole, outcome) else {
            return explanation(node, outcome, element, [source] + bodies.map(skipped))
        }
        // The round was paid for by the run of the whole.
        let explained = frame.aside {
            store(shown, comprehension)
            let text = shown.text(comprehension)
            return bodies.map { explain($0, element: text) }
        }
        return explanation(node, outcome, element, [source] + explained)
    }

    func skipped(_ node: TypedNode) -> Explanation {
        explanation(node, .skipped, nil, isConstant: node.isClosed)
    }

    private func explanation(
        _ node: TypedNode,
        _ outcome: Explanation.Outcome,
        _ element: String?,
        _ children: [Explanation] = [],
        isConstant: Bool = false
    ) -> Explanation {
        Explanation(
            text: String(String.UnicodeScalarView(source[node.range.clamped(to: source.indices)])),
            range: node.range,
            outcome: outcome,
            element: element,
            isConstant: isConstant,
            children: children
        )
    }
}

extension TypedNode {
    /// A node that gives what this one gave.
    fileprivate func standing(for outcome: Explanation.Outcome) -> TypedNode {
        // What is closed stays, so that it costs what it costs in an evaluation.
        if isClosed { return self }
        return switch outcome {
        case .value(let value): TypedNode(.known(value), type, range)
        case .failed(let error): TypedNode(.failure(error), type, range)
        case .skipped: self
        }
    }
}

extension TypedNode.Comprehension {
    fileprivate func over(_ source: TypedNode) -> TypedNode.Comprehension {
        TypedNode.Comprehension(
            form: form,
            source: source,
            first: first,
            second: second,
            condition: condition,
            transform: transform
        )
    }
}
