// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A topic as one lane has met it: interned, so that what depends on the topic alone is worked out once.
public final class Topic: Sendable {
    /// How many a lane knows at a time; with one more it forgets them all and numbers anew.
    public static let most = 131_072

    /// The topic's name, as delivered.
    public let name: String
    /// A small number, unique among the topics of one lane and `generation`; an index for caches.
    public let index: Int
    /// Changes when the lane empties its topic table; caches keyed by `index` are emptied with it.
    public let generation: Int

    /// Makes a topic; called by the lane's topic table and by tests.
    public init(name: String, index: Int, generation: Int) {
        self.name = name
        self.index = index
        self.generation = generation
    }
}
