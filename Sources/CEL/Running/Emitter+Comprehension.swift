// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Emitter {
    /// A comprehension's parts as closures.
    private struct Loop: Sendable {
        let source: ValueCode
        let first: Int
        let second: Int?
        let condition: Term<Bool>?
        let transform: ValueCode?
        /// What one round costs.
        let cost: Int

        /// Runs `body` for every element until it gives false.
        func run(
            _ frame: Frame,
            _ body: (_ element: Value) throws(EvaluationError) -> Bool
        ) throws(EvaluationError) {
            switch try source(frame) {
            case .list(let values):
                for (index, value) in values.enumerated() {
                    try frame.charge(cost)
                    if let second {
                        frame.store(first, .int(Int64(index)))
                        frame.store(second, value)
                    } else {
                        frame.store(first, value)
                    }
                    guard try body(value) else { return }
                }
            case .map(let map):
                for entry in map.entries {
                    try frame.charge(cost)
                    frame.store(first, entry.key)
                    if let second { frame.store(second, entry.value) }
                    guard try body(entry.key) else { return }
                }
            case let other:
                throw EvaluationError(
                    code: .noOverload,
                    message: "a \(other.shortTypeName) has no elements"
                )
            }
        }

        func holds(_ frame: Frame) throws(EvaluationError) -> Bool {
            guard let condition else { return true }
            return try condition(frame)
        }
    }

    func comprehension(_ comprehension: TypedNode.Comprehension) -> Code {
        let loop = Loop(
            source: emit(comprehension.source).boxed,
            first: comprehension.first.slot,
            second: comprehension.second?.slot,
            condition: comprehension.condition.map { emit($0).boolean },
            transform: comprehension.transform.map { emit($0).boxed },
            cost: Cost.round(of: comprehension)
        )
        switch comprehension.form {
        case .all: return .bool(.code(search(loop, for: false)))
        case .exists: return .bool(.code(search(loop, for: true)))
        case .existsOne: return .bool(.code(count(loop)))
        case .filter, .map: return .value(collect(loop))
        case .transformMap: return .value(collectMap(loop))
        case .transformMapEntry: return .value(mergeMaps(loop))
        }
    }

    /// `exists` looks for true, `all` for false; finding it wins over errors before it.
    private func search(_ loop: Loop, for decisive: Bool) -> BitsCode {
        { frame throws(EvaluationError) in
            var failure: EvaluationError?
            var isFound = false
            try loop.run(frame) { _ throws(EvaluationError) in
                do throws(EvaluationError) {
                    isFound = try loop.holds(frame) == decisive
                } catch {
                    if error.code == .cost { throw error }
                    failure = failure ?? error
                }
                return !isFound
            }
            if isFound { return decisive.bits }
            if let failure { throw failure }
            return (!decisive).bits
        }
    }

    private func count(_ loop: Loop) -> BitsCode {
        { frame throws(EvaluationError) in
            var count = 0
            try loop.run(frame) { _ throws(EvaluationError) in
                if try loop.holds(frame) { count += 1 }
                return true
            }
            return (count == 1).bits
        }
    }

    private func collect(_ loop: Loop) -> ValueCode {
        { frame throws(EvaluationError) in
            var values: [Value] = []
            try loop.run(frame) { element throws(EvaluationError) in
                guard try loop.holds(frame) else { return true }
                if let transform = loop.transform {
                    values.append(try transform(frame))
                } else {
                    values.append(element)
                }
                return true
            }
            return .list(values)
        }
    }

    /// Over a list the keys are the indices.
    private func collectMap(_ loop: Loop) -> ValueCode {
        { frame throws(EvaluationError) in
            var entries: [ValueMap.Entry] = []
            try loop.run(frame) { _ throws(EvaluationError) in
                guard try loop.holds(frame), let transform = loop.transform else { return true }
                let key = try frame.load(loop.first)
                entries.append(ValueMap.Entry(key: key, value: try transform(frame)))
                return true
            }
            return .map(try ValueMap(entries))
        }
    }

    /// Every round gives a map of entries; a key that comes twice is an error.
    private func mergeMaps(_ loop: Loop) -> ValueCode {
        { frame throws(EvaluationError) in
            var entries: [ValueMap.Entry] = []
            try loop.run(frame) { _ throws(EvaluationError) in
                guard try loop.holds(frame), let transform = loop.transform else { return true }
                let value = try transform(frame)
                guard case .map(let map) = value else {
                    throw .noOverload("transformMapEntry", value)
                }
                try frame.chargeWalk(value)
                entries += map.entries
                return true
            }
            return .map(try ValueMap(entries))
        }
    }
}
