// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What has been worked out for topics, found again by their numbers.
///
/// Bounded as a lane's topics are: at most `Topic.most` entries. An entry stays until its number is given
/// to another topic and that one is remembered, so that a lane which numbers its topics anew is not held
/// up by forgetting them all at once.
public struct TopicCache<Value: Sendable>: Sendable {
    private var entries: [(topic: Topic, value: Value)?] = []

    /// Makes an empty one.
    public init() {}

    /// What was worked out for `topic`.
    public subscript(topic: Topic) -> Value? {
        guard topic.index >= 0, topic.index < entries.count, let entry = entries[topic.index],
            entry.topic === topic
        else { return nil }
        return entry.value
    }

    /// Remembers what was worked out for `topic`.
    public mutating func remember(_ value: Value, for topic: Topic) {
        guard topic.index >= 0, topic.index < Topic.most else { return }
        while entries.count <= topic.index { entries.append(nil) }
        entries[topic.index] = (topic, value)
    }

    /// Forgets everything.
    public mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
    }
}
