// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Everything a lane keeps across restarts, by policy, model and part.
///
/// What was saved is read at once and taken up when its owner first appears: `place` gives each
/// memory what its namesake knew, if their settings are the same. What nobody has taken up yet is
/// saved again, for ten restarts.
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

    private struct Section {
        var settings: String
        var restarts: Int
        var block: [UInt8]
    }

    private struct Placed {
        var memory: any DeviceMemory
        var settings: String
    }

    static let version = 1
    static let sectionLimit = 4096
    private static let textLimit = 4096
    private static let patience = 10

    private var placed: [Key: Placed] = [:]
    private var waiting: [Key: Section] = [:]
    /// How many sections were not taken up: their settings have changed, or they do not read.
    private(set) var refused = 0

    /// Gives `memory` what its namesake knew when its settings were `settings`, and keeps it from
    /// now on.
    ///
    /// It takes the place of a memory of the same name, which is kept no longer.
    func place(_ memory: any DeviceMemory, as key: Key, settings: String) {
        placed[key] = Placed(memory: memory, settings: settings)
        guard let section = waiting.removeValue(forKey: key) else { return }
        guard section.settings == settings else {
            refused += 1
            return
        }
        var reader = StateReader(section.block)
        do throws(StateError) {
            try memory.restore(from: &reader)
        } catch {
            refused += 1
        }
    }

    /// Keeps the memory called `key` no longer.
    func remove(_ key: Key) {
        placed[key] = nil
        waiting[key] = nil
    }

    /// Grows with whatever any of them learns.
    var changes: Int {
        placed.values.reduce(0) { $0 &+ $1.memory.changes }
    }

    /// Everything that is kept, as bytes for `restore`.
    func saved() -> [UInt8] {
        var writer = StateWriter()
        writer.put(Self.version)
        writer.put(placed.count + waiting.count)
        for (key, section) in waiting.sorted(by: { $0.key < $1.key }) {
            writer.put(key, section.settings, restarts: section.restarts)
            writer.put(section.block)
        }
        for (key, kept) in placed.sorted(by: { $0.key < $1.key }) {
            writer.put(key, kept.settings, restarts: 0)
            var block = StateWriter()
            kept.memory.save(into: &block)
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
        var read: [Key: Section] = [:]
        for _ in 0..<(try reader.int(in: 0...Self.sectionLimit)) {
            let key = Key(
                part: try reader.text(limit: Self.textLimit),
                owner: try reader.text(limit: Self.textLimit),
                model: try reader.text(limit: Self.textLimit)
            )
            let settings = try reader.text(limit: Self.textLimit)
            let restarts = try reader.int(in: 0...Int.max - 1) + 1
            let block = try reader.block(limit: Int.max)
            guard restarts <= Self.patience, placed[key] == nil else { continue }
            read[key] = Section(settings: settings, restarts: restarts, block: block)
        }
        guard reader.remaining == 0 else { throw StateError("it goes on after its end") }
        waiting = read
    }
}

extension StateShelf.Key: Comparable {
    static func < (left: Self, right: Self) -> Bool {
        (left.part, left.owner, left.model) < (right.part, right.owner, right.model)
    }
}

extension StateWriter {
    fileprivate mutating func put(_ key: StateShelf.Key, _ settings: String, restarts: Int) {
        for text in [key.part, key.owner, key.model, settings] { put(text) }
        put(restarts)
    }
}
