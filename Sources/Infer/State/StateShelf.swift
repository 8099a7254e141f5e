// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Everything a lane keeps across restarts, by policy, model and part.
///
/// What was saved is read at once and taken up when its owner first appears: `place` gives each
/// memory what its namesake knew, if their settings are the same. What nobody has taken up yet is
/// saved again, for five restarts.
///
/// Bytes: the version, how many sections; each section its part, owner, model and settings (texts),
/// how many restarts it has waited, and a block that is its memory's own.
final class StateShelf {
    /// Whose memory it is.
    struct Key: Hashable {
        /// `detector` or `window`.
        var part: String
        /// The policy.
        var owner: String
        /// The model's name; its version may change.
        var model: String
    }

    /// Two memories of one name and other settings are two: a model's versions may run side by side.
    private struct Place: Hashable, Comparable {
        var key: Key
        var settings: String

        static func < (left: Self, right: Self) -> Bool {
            (left.key.part, left.key.owner, left.key.model, left.settings)
                < (right.key.part, right.key.owner, right.key.model, right.settings)
        }
    }

    private struct Section {
        var restarts: Int
        var block: [UInt8]
    }

    static let version = 1
    static let sectionLimit = 4096
    private static let textLimit = 4096
    private static let patience = 5

    private var placed: [Place: any DeviceMemory] = [:]
    private var waiting: [Place: Section] = [:]
    /// How many sections did not read, and began anew.
    private(set) var refused = 0

    /// Gives `memory` what its namesake knew when its settings were `settings`, and keeps it from now on.
    ///
    /// It takes the place of a memory of the same name and settings, which is kept no longer.
    func place(_ memory: any DeviceMemory, as key: Key, settings: String) {
        let place = Place(key: key, settings: settings)
        placed[place] = memory
        guard let section = waiting.removeValue(forKey: place) else { return }
        var reader = StateReader(section.block)
        do throws(StateError) {
            try memory.restore(from: &reader)
        } catch {
            refused += 1
        }
    }

    /// Keeps the memories called `key` no longer.
    func remove(_ key: Key) {
        placed = placed.filter { $0.key.key != key }
        waiting = waiting.filter { $0.key.key != key }
    }

    /// How many memories are kept.
    var count: Int { placed.count }

    /// Grows with whatever any of them learns.
    var changes: Int {
        placed.values.reduce(0) { $0 &+ $1.changes }
    }

    /// Everything that is kept, as bytes for `restore`.
    func saved() -> [UInt8] {
        var writer = StateWriter()
        writer.put(Self.version)
        writer.put(placed.count + waiting.count)
        for (place, section) in waiting.sorted(by: { $0.key < $1.key }) {
            writer.put(place.key, place.settings, restarts: section.restarts)
            writer.put(section.block)
        }
        for (place, memory) in placed.sorted(by: { $0.key < $1.key }) {
            writer.put(place.key, place.settings, restarts: 0)
            var block = StateWriter()
            memory.save(into: &block)
            writer.put(block.bytes)
        }
        return writer.bytes
    }

    /// Puts what `saved` gave up for those who will ask for it.
    func restore(_ bytes: [UInt8]) throws(StateError) {
        var reader = StateReader(bytes)
        let version = try reader.int(in: 0...Int.max)
        guard version == Self.version else {
            throw StateError("its version is \(version); this program reads \(Self.version)")
        }
        var read: [Place: Section] = [:]
        for _ in 0..<(try reader.int(in: 0...Self.sectionLimit)) {
            let key = Key(
                part: try reader.text(limit: Self.textLimit),
                owner: try reader.text(limit: Self.textLimit),
                model: try reader.text(limit: Self.textLimit)
            )
            let settings = try reader.text(limit: Self.textLimit)
            let restarts = try reader.int(in: 0...Int.max - 1) + 1
            let block = try reader.block(limit: Int.max)
            let place = Place(key: key, settings: settings)
            guard restarts <= Self.patience, placed[place] == nil else { continue }
            read[place] = Section(restarts: restarts, block: block)
        }
        guard reader.remaining == 0 else { throw StateError("it goes on after its end") }
        waiting = read
    }
}

extension StateWriter {
    fileprivate mutating func put(_ key: StateShelf.Key, _ settings: String, restarts: Int) {
        for text in [key.part, key.owner, key.model, settings] { put(text) }
        put(restarts)
    }
}
