// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Foretells what the meter will count, from the same table.
struct Estimator {
    let environment: Environment
    /// The sizes of the variables of the macros around the present node.
    private var locals: [Int: Size] = [:]

    /// What evaluating a node costs, and what comes of it.
    struct Estimate {
        var bounds: Bounds
        var size: Size
        /// The value where the emitter folds the node.
        var constant: Value?

        var cost: CostEstimate { CostEstimate(minimum: bounds.low, maximum: bounds.high) }

        static func folded(_ value: Value) -> Estimate {
            Estimate(bounds: .zero, size: Size(of: value), constant: value)
        }
    }

    init(environment: Environment) {
        self.environment = environment
    }

    mutating func estimate(_ node: TypedNode) -> Estimate {
        switch node.kind {
        case .constant(let value), .known(let value): return .folded(value)
        case .slot(let slot):
            return Estimate(bounds: .zero, size: locals[slot] ?? Size(of: node.type))
        case .presence, .failure: return Estimate(bounds: .zero, size: .scalar)
        case .select(let operand, _):
            let operand = estimate(operand)
            return Estimate(bounds: operand.bounds, size: size(node, inside: operand.size))
        case .has(let operand, _):
            return Estimate(bounds: estimate(operand).bounds, size: .scalar)
        case .matches(let text, _, let pattern):
            let text = estimate(text)
            let cost = text.size.extent.mapped(Estimator.bytes).matched(by: pattern)
            return Estimate(bounds: text.bounds + cost, size: .scalar)
        case .and(let operands), .or(let operands): return logic(operands.map { estimate($0) })
        case .conditional(let condition, let first, let second):
            let condition = estimate(condition)
            let (first, second) = (estimate(first), estimate(second))
            return Estimate(
                bounds: condition.bounds + first.bounds.or(second.bounds),
                size: first.size.or(second.size)
            )
        case .list(let elements): return list(elements)
        case .map(let entries): return map(entries, node)
        case .call(let operation, let operands): return call(operation, operands, node)
        case .comprehension(let comprehension): return self.comprehension(comprehension)
        }
    }

    /// The most bytes of a text with this extent.
    static func bytes(_ extent: Int) -> Int { Cost.plus(Cost.times(extent, 16), 15) }

    private func size(_ node: TypedNode, inside whole: Size) -> Size {
        let declared = Size(of: node.type)
        return declared.deep.high == 0 ? declared : whole.inner
    }

    /// One operand may decide, and the others then fail for free or are not asked.
    private func logic(_ operands: [Estimate]) -> Estimate {
        let all = operands.reduce(Bounds.zero) { $0 + $1.bounds }
        let least = operands.map(\.bounds.low).min() ?? 0
        return Estimate(bounds: Bounds(low: least, high: all.high), size: .scalar)
    }

    private mutating func list(_ elements: [TypedNode]) -> Estimate {
        let parts = elements.map { estimate($0) }
        let constants = parts.compactMap(\.constant)
        if constants.count == parts.count { return .folded(.list(constants)) }
        let count = Bounds(parts.count)
        return Estimate(
            bounds: parts.reduce(.zero) { $0 + $1.bounds },
            size: Size(
                extent: count,
                deep: parts.reduce(count) { $0 + $1.size.deep },
                elements: count
            )
        )
    }

    private mutating func map(
        _ entries: [(key: TypedNode, value: TypedNode)],
        _ node: TypedNode
    ) -> Estimate {
        let parts = entries.map { (key: estimate($0.key), value: estimate($0.value)) }
        if let value = folded(node, parts.flatMap { [$0.key, $0.value] }) { return .folded(value) }
        let count = Bounds(parts.count)
        var result = Estimate(
            bounds: .zero,
            size: Size(extent: count, deep: count, elements: count)
        )
        for (key, value) in parts {
            result.bounds =
                result.bounds + key.bounds + value.bounds + key.size.extent.mapped(Cost.walk)
            result.size.deep = result.size.deep + key.size.extent + value.size.deep
        }
        return result
    }

    /// What the emitter folds the node to; nil where it does not.
    private func folded(_ node: TypedNode, _ parts: [Estimate]) -> Value? {
        let constants = parts.compactMap(\.constant)
        guard constants.count == parts.count else { return nil }
        let known = constants.map { TypedNode(.constant($0), $0.literalType, node.range) }
        return Emitter(zones: environment.zones).emit(node.over(known)).constantValue
    }

    private mutating func call(
        _ operation: Operation,
        _ operands: [TypedNode],
        _ node: TypedNode
    ) -> Estimate {
        let parts = operands.map { estimate($0) }
        if let value = folded(node, parts) { return .folded(value) }
        let own = operation.work(parts)
        return Estimate(
            bounds: parts.reduce(own.cost) { $0 + $1.bounds },
            size: Size(of: node.type).deep.high == 0 ? .scalar : own.size
        )
    }

    private mutating func comprehension(_ comprehension: TypedNode.Comprehension) -> Estimate {
        let source = estimate(comprehension.source)
        let element = source.size.inner
        locals[comprehension.first.slot] = element
        if let second = comprehension.second { locals[second.slot] = element }
        let condition = comprehension.condition.map { estimate($0) }
        let transform = comprehension.transform.map { estimate($0) }
        let round = Bounds(Cost.round(of: comprehension)) + (condition?.bounds ?? .zero)
        let transforms = transform?.bounds ?? .zero
        let count = source.size.elements
        var loop = count * (round + (condition == nil ? transforms : transforms.orNothing))
        var size = Size.scalar
        switch comprehension.form {
        case .all, .exists:
            // The first round may decide.
            loop.low = count.low > 0 ? round.low : 0
        case .existsOne: break
        case .filter:
            let deep = source.size.deep.orNothing
            size = Size(extent: count.orNothing, deep: deep, elements: count.orNothing)
        case .map, .transformMap:
            let kept = condition == nil ? count : count.orNothing
            let each = (transform?.size.deep ?? .zero) + Bounds(1)
            let keys = comprehension.form == .map ? Bounds.zero : source.size.deep.orNothing
            size = Size(extent: kept, deep: kept * each + keys, elements: kept)
        case .transformMapEntry:
            let kept = condition == nil ? count : count.orNothing
            let entries = transform?.size ?? .unknown
            loop = loop + (kept * entries.extent.mapped(Cost.walk)).orNothing
            let extent = (kept * entries.extent).orNothing
            size = Size(
                extent: extent,
                deep: (kept * entries.deep).orNothing,
                elements: extent
            )
        }
        return Estimate(bounds: source.bounds + loop, size: size)
    }
}

extension Bounds {
    /// What matching a text of so many bytes costs.
    fileprivate func matched(by pattern: Pattern) -> Bounds {
        Bounds(
            low: Cost.match(bytes: 0, instructions: pattern.instructionCount),
            high: high.map { Cost.match(bytes: $0, instructions: pattern.instructionCount) }
        )
    }
}
