// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A dictionary that knows which of its keys was used longest ago.
struct RecencyTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Node: Sendable {
        var key: Key
        var value: Value
        var newer = -1
        var older = -1
    }

    private var nodes: [Node] = []
    private var places: [Key: Int] = [:]
    private var free: [Int] = []
    private var newest = -1
    private var oldest = -1

    var count: Int { places.count }

    /// The value of `key`, without using it.
    func peek(_ key: Key) -> Value? {
        places[key].map { nodes[$0].value }
    }

    /// The value of `key`, which becomes the one used last.
    mutating func use(_ key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        renew(place)
        return nodes[place].value
    }

    /// Sets the value of `key`, which becomes the one used last; nil removes it.
    mutating func set(_ key: Key, _ value: Value?) {
        guard let value else { return remove(key) }
        if let place = places[key] {
            nodes[place].value = value
            return renew(place)
        }
        let node = Node(key: key, value: value)
        let place: Int
        if let reused = free.popLast() {
            place = reused
            nodes[place] = node
        } else {
            place = nodes.count
            nodes.append(node)
        }
        places[key] = place
        link(place)
    }

    /// Forgets the keys used longest ago, down to `limit`; answers how many.
    @discardableResult
    mutating func trim(to limit: Int) -> Int {
        var count = 0
        while places.count > limit, oldest >= 0 {
            remove(nodes[oldest].key)
            count += 1
        }
        return count
    }

    private mutating func remove(_ key: Key) {
        guard let place = places.removeValue(forKey: key) else { return }
        unlink(place)
        free.append(place)
    }

    private mutating func renew(_ place: Int) {
        guard place != newest else { return }
        unlink(place)
        link(place)
    }

    private mutating func link(_ place: Int) {
        nodes[place].newer = -1
        nodes[place].older = newest
        if newest >= 0 { nodes[newest].newer = place }
        newest = place
        if oldest < 0 { oldest = place }
    }

    private mutating func unlink(_ place: Int) {
        let node = nodes[place]
        if node.newer >= 0 { nodes[node.newer].older = node.older } else { newest = node.older }
        if node.older >= 0 { nodes[node.older].newer = node.newer } else { oldest = node.newer }
    }
}
