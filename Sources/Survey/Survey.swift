// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Listens to a broker's traffic and keeps what it is like, in bounded memory.
///
/// Not thread-safe. Whatever devices send, it keeps at most what ``SurveyLimits`` say: past that, topics
/// are counted only, and fields left out.
public struct Survey {
    private let limits: SurveyLimits
    private let began: Double
    private var topics: [String: TopicTally] = [:]
    private var messages = 0
    private var unlisted = 0
    private var fields = 0

    /// Begins to listen at `now`, in seconds since 1970.
    public init(now: Double, limits: SurveyLimits = SurveyLimits()) {
        began = now
        self.limits = limits
    }

    /// Takes in a message that arrived at `now`, in seconds since 1970.
    public mutating func take(
        topic: String,
        payload: UnsafeRawBufferPointer,
        qos: UInt8,
        isRetained: Bool,
        now: Double
    ) {
        messages += 1
        guard topic.utf8.count <= limits.topic, topics[topic] != nil || topics.count < limits.topics
        else {
            unlisted += 1
            return
        }
        var tally = topics.removeValue(forKey: topic) ?? TopicTally(topic)
        let before = tally.fields.count
        tally.take(
            payload: payload,
            qos: qos,
            isRetained: isRetained,
            now: now,
            room: limits.allFields - fields,
            limits: limits
        )
        fields += tally.fields.count - before
        topics[topic] = tally
    }

    /// What was heard up to `now`.
    public func report(now: Double) -> SurveyReport {
        let seconds = max(0.001, now - began)
        let groups = TopicFolding.groups(of: topics)
        return SurveyReport(
            seconds: seconds,
            messages: messages,
            unlisted: unlisted,
            patterns: groups.map {
                PatternMaking(group: $0, seconds: seconds, limits: limits).pattern
            }
            .sorted { ($1.messages, $0.filter) < ($0.messages, $1.filter) }
        )
    }
}
