// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Operation {
    /// What one call costs besides its operands, and how large its result is.
    func work(_ operands: [Estimator.Estimate]) -> (cost: Bounds, size: Size) {
        let sizes = operands.map(\.size)
        guard let first = sizes.first else { return (.unknown, .unknown) }
        let second = sizes.count > 1 ? sizes[1] : .scalar
        let walk = first.extent.mapped(Cost.walk)
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
            return (Self.comparison(first, second), .scalar)
        case .add:
            // Two texts can have a bit of extent more together than each alone.
            let extent = Bounds(low: 0, high: 1) + first.extent + second.extent
            let size = Size(
                extent: extent,
                deep: first.deep + second.deep + Bounds(low: 0, high: 1),
                elements: first.elements + second.elements
            )
            return (walk + second.extent.mapped(Cost.walk), size)
        case .in:
            if case .list(let values)? = operands[1].constant {
                return (Bounds(Cost.walk(Value.list(values).deepExtent)), .scalar)
            }
            let list = second.deep.mapped(Cost.walk).orNothing
            return (list + walk, .scalar)
        case .index: return (second.extent.mapped(Cost.walk), first.inner)
        case .size: return (walk.orNothing, .scalar)
        case .contains: return (walk + second.extent.mapped(Cost.walk), .scalar)
        case .startsWith, .endsWith: return (Self.comparison(first, second), .scalar)
        case .matches: return (Self.matching(first, second), .scalar)
        case .int, .uint, .double, .bool, .timestamp, .duration, .bytes:
            return (walk, .text(first.extent))
        case .string:
            // The longest text of a scalar is that of an instant with nanoseconds.
            let text = Bounds(low: 0, high: 40 / 16) + first.extent.orNothing
            return (walk, .text(text))
        case .dyn: return (.zero, first)
        default: return (.zero, .unknown)
        }
    }

    private static func comparison(_ left: Size, _ right: Size) -> Bounds {
        // Values of two kinds are told apart for nothing.
        left.deep.smaller(right.deep).mapped(Cost.walk).orNothing.containing(left, right)
    }

    private static func matching(_ text: Size, _ pattern: Size) -> Bounds {
        guard let bytes = text.extent.high, let length = pattern.extent.high else {
            return Bounds(low: 1, high: nil)
        }
        let pattern = Estimator.bytes(length)
        let match = Cost.match(
            bytes: Estimator.bytes(bytes),
            instructions: Limits.patternInstructions
        )
        return Bounds(low: 1, high: Cost.plus(Cost.pattern(length: pattern), match))
    }
}

extension Bounds {
    /// Comparing lists and maps walks the left one whatever is on the right.
    fileprivate func containing(_ left: Size, _ right: Size) -> Bounds {
        guard left.elements.high != 0, right.elements.high != 0 else { return self }
        return Bounds(low: 0, high: left.deep.high.map(Cost.walk))
    }
}
