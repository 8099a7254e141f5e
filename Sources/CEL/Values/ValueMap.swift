// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A CEL map: immutable, in the order it was written, looked up across the numeric key types.
///
/// Small maps are searched in order; larger ones carry a hash index.
public struct ValueMap: Sendable {
    /// One key with its value.
    public struct Entry: Sendable {
        /// A bool, int, uint or string.
        public let key: Value
        /// What the key leads to.
        public let value: Value

        /// Makes an entry; the map it is put in checks the key.
        public init(key: Value, value: Value) {
            self.key = key
            self.value = value
        }
    }

    private final class Storage: Sendable {
        let entries: [Entry]
        let keys: [Key]
        let index: [Key: Int]

        init(entries: [Entry], keys: [Key], index: [Key: Int]) {
            self.entries = entries
            self.keys = keys
            self.index = index
        }
    }

    /// A key in the one form in which equal keys are the same: `1`, `1u` and `1.0` are one key.
    enum Key: Hashable, Sendable {
        case bool(Bool)
        case int(Int64)
        case large(UInt64)
        case string(String)

        static func == (left: Key, right: Key) -> Bool {
            switch (left, right) {
            case (.bool(let left), .bool(let right)): left == right
            case (.int(let left), .int(let right)): left == right
            case (.large(let left), .large(let right)): left == right
            case (.string(let left), .string(let right)): Text.equal(left, right)
            default: false
            }
        }

        func hash(into hasher: inout Hasher) {
            switch self {
            case .bool(let value): hasher.combine(value)
            case .int(let value): hasher.combine(value)
            case .large(let value): hasher.combine(value)
            case .string(let value):
                let isHashed: Void? = value.utf8.withContiguousStorageIfAvailable {
                    hasher.combine(bytes: UnsafeRawBufferPointer($0))
                }
                if isHashed == nil {
                    Array(value.utf8).withUnsafeBytes { hasher.combine(bytes: $0) }
                }
            }
        }
    }

    private static let searchedInOrder = 8

    private let storage: Storage

    /// The map without entries.
    public static let empty = ValueMap(entries: [], keys: [], index: [:])

    private init(entries: [Entry], keys: [Key], index: [Key: Int]) {
        storage = Storage(entries: entries, keys: keys, index: index)
    }

    /// Makes a map of the entries in their order.
    ///
    /// - Throws: `unsupportedKey` for a key that is not bool, int, uint or string, `repeatedKey`
    ///   where two keys are equal.
    public init(_ entries: [Entry]) throws(EvaluationError) {
        var keys: [Key] = []
        keys.reserveCapacity(entries.count)
        var index: [Key: Int] = [:]
        let indexed = entries.count > ValueMap.searchedInOrder
        for (position, entry) in entries.enumerated() {
            guard let key = ValueMap.key(entry.key, exactly: true) else {
                throw .unsupportedKey(entry.key)
            }
            let isRepeated =
                indexed ? index.updateValue(position, forKey: key) != nil : keys.contains(key)
            guard !isRepeated else { throw .repeatedKey(entry.key) }
            keys.append(key)
        }
        self.init(entries: entries, keys: keys, index: index)
    }

    /// Makes a map with text keys; of several equal keys the last one stays.
    public init(fields: [(String, Value)]) {
        var positions: [Key: Int] = [:]
        var entries: [Entry] = []
        var keys: [Key] = []
        for (name, value) in fields {
            let entry = Entry(key: .string(name), value: value)
            if let position = positions[.string(name)] {
                entries[position] = entry
            } else {
                positions[.string(name)] = entries.count
                entries.append(entry)
                keys.append(.string(name))
            }
        }
        self.init(entries: entries, keys: keys, index: positions)
    }

    /// How many entries there are.
    public var count: Int { storage.entries.count }

    /// The entries in their order.
    public var entries: [Entry] { storage.entries }

    /// The value under a key equal to `key`, or nil.
    public func value(for key: Value) -> Value? {
        guard let key = ValueMap.key(key, exactly: false) else { return nil }
        return position(of: key).map { storage.entries[$0].value }
    }

    /// The value under the text key `name`, or nil.
    public subscript(_ name: String) -> Value? {
        position(of: .string(name)).map { storage.entries[$0].value }
    }

    private func position(of key: Key) -> Int? {
        storage.index.isEmpty ? storage.keys.firstIndex(of: key) : storage.index[key]
    }

    /// Whether both maps have the same keys, and `isSame` holds for the values of each.
    func matches(_ other: ValueMap, isSame: (Value, Value) -> Bool) -> Bool {
        guard count == other.count else { return false }
        for (key, entry) in zip(storage.keys, storage.entries) {
            guard let position = other.position(of: key) else { return false }
            guard isSame(entry.value, other.storage.entries[position].value) else { return false }
        }
        return true
    }

    /// The key's one form, or nil where `value` can be no key.
    ///
    /// A double may ask for a key (`exactly: false`) but cannot be one.
    private static func key(_ value: Value, exactly: Bool) -> Key? {
        switch value {
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .uint(let value): Int64(exactly: value).map(Key.int) ?? .large(value)
        case .string(let value): .string(value)
        case .double(let value) where !exactly:
            Int64(exactly: value).map(Key.int) ?? UInt64(exactly: value).map(Key.large)
        default: nil
        }
    }
}
