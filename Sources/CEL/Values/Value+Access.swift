// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Reaching into lists and maps.
extension Value {
    func selecting(_ field: String) throws(EvaluationError) -> Value {
        guard case .map(let map) = self else {
            throw EvaluationError(
                code: .noOverload,
                message: "a \(shortTypeName) has no field `\(field)`"
            )
        }
        guard let value = map[field] else {
            throw EvaluationError(code: .noSuchKey, message: "no such key `\(field)`")
        }
        return value
    }

    func hasField(_ field: String) throws(EvaluationError) -> Bool {
        guard case .map(let map) = self else {
            throw EvaluationError(
                code: .noOverload,
                message: "a \(shortTypeName) has no field `\(field)`"
            )
        }
        return map[field] != nil
    }

    func indexed(by key: Value) throws(EvaluationError) -> Value {
        switch self {
        case .map(let map):
            switch key {
            case .bool, .int, .uint, .double, .string: break
            default: throw .unsupportedKey(key)
            }
            guard let value = map.value(for: key) else { throw .noSuchKey(key) }
            return value
        case .list(let values):
            let index: Int? =
                switch key {
                case .int(let index): Int(exactly: index)
                case .uint(let index): Int(exactly: index)
                case .double(let index): Int(exactly: index)
                default: throw .noOverload("_[_]", self, key)
                }
            guard let index, values.indices.contains(index) else {
                throw EvaluationError(
                    code: .index,
                    message: "the index is outside the list",
                    detail: "\(key.shortened) in a list of \(values.count)"
                )
            }
            return values[index]
        default: throw .noOverload("_[_]", self, key)
        }
    }

    /// CEL's `element in self`.
    func contains(_ element: Value) throws(EvaluationError) -> Bool {
        switch self {
        case .list(let values): values.contains { $0.isEqual(to: element) }
        case .map(let map): map.value(for: element) != nil
        default: throw .noOverload(element, "in", self)
        }
    }

    func size() throws(EvaluationError) -> Int64 {
        switch self {
        case .string(let text): Int64(text.unicodeScalars.count)
        case .bytes(let bytes): Int64(bytes.count)
        case .list(let values): Int64(values.count)
        case .map(let map): Int64(map.count)
        default: throw .noOverload("size", self)
        }
    }

    /// What copying or searching the value once costs, for the meter; scalars are free.
    var extent: Int {
        switch self {
        case .string(let text): text.utf8.count / 16
        case .bytes(let bytes): bytes.count / 16
        case .list(let values): values.count
        case .map(let map): map.count
        default: 0
        }
    }

    /// What comparing the whole value costs, with all that is inside.
    ///
    /// `Int.max` beyond ``Limits/valueExtent``, and no more is looked at: parts that are shared, as in
    /// `[a, a]` of `[b, b]` and so on, would take for ever.
    var deepExtent: Int {
        var extent = 0
        return addExtent(to: &extent) ? extent : Int.max
    }

    /// Whether so much is inside that it can be neither compared nor shown.
    public var isTooLarge: Bool { deepExtent == Int.max }

    private func addExtent(to sum: inout Int) -> Bool {
        sum = Cost.plus(sum, extent)
        guard sum <= Limits.valueExtent else { return false }
        switch self {
        case .list(let values):
            for value in values where !value.addExtent(to: &sum) { return false }
        case .map(let map):
            for entry in map.entries {
                guard entry.key.addExtent(to: &sum), entry.value.addExtent(to: &sum) else {
                    return false
                }
            }
        default: break
        }
        return true
    }
}
