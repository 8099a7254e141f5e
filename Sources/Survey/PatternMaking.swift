// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Makes a pattern of the topics that belong together.
struct PatternMaking {
    let group: TopicFolding.Group
    let seconds: Double
    let limits: SurveyLimits

    var pattern: SurveyReport.Pattern {
        let tallies = group.topics.map(\.tally)
        let messages = tallies.reduce(0) { $0 + $1.messages }
        let retained = tallies.reduce(0) { $0 + $1.retained }
        let format = tallies.first?.format ?? .empty
        let usual = tallies.reduce(0) { $0 + ($1.formats[format] ?? 0) }
        let fields = fields(of: tallies, usual: max(1, usual))
        let names = LevelNames(group.levels).names
        return SurveyReport.Pattern(
            filter: group.levels.map { $0 ?? "+" }.joined(separator: "/"),
            named: zip(group.levels, names).map { $0 ?? "+\($1)" }.joined(separator: "/"),
            example: group.topics.first?.name ?? "",
            topics: tallies.count,
            messages: messages,
            rate: Double(messages - retained) / seconds,
            qos: (0...2).map { level in tallies.reduce(0) { $0 + $1.qos[level] } },
            retained: retained,
            bytes: [tallies.map(\.smallest).min() ?? 0, tallies.map(\.largest).max() ?? 0],
            format: format,
            others: messages - usual,
            fields: fields,
            device: device(names, fields),
            sample: tallies.first?.sample ?? [:]
        )
    }

    /// The device as a policy names it: from the levels that vary, else from a field.
    private func device(_ names: [String], _ fields: [SurveyReport.Field]) -> String? {
        let varying = zip(group.levels, names).filter { $0.0 == nil }.map { "{\($0.1)}" }
        if !varying.isEmpty { return varying.joined(separator: "/") }
        return fields.first { $0.part == .device }.map { "{payload.\($0.path)}" }
    }

    private func fields(of tallies: [TopicTally], usual: Int) -> [SurveyReport.Field] {
        var merged: [String: FieldTally] = [:]
        for tally in tallies {
            for (path, field) in tally.fields
            where merged[path] != nil || merged.count < 4 * limits.fields {
                merged[path, default: FieldTally()].merge(field, limits: limits)
            }
        }
        var fields = merged.sorted { $0.key < $1.key }.map { path, tally in
            FieldMaking(path: path, tally: tally, usual: usual, topics: tallies.count).field
        }
        // Of several that could be it, the likeliest is.
        for part in [SurveyReport.Part.time, .sequence, .device] {
            let candidates = fields.indices.filter { fields[$0].part == part }
            let best = candidates.max { left, right in
                PartGuess.likelihood(fields[left], part) < PartGuess.likelihood(fields[right], part)
            }
            for place in candidates where place != best { fields[place].part = nil }
        }
        return fields
    }
}

/// Makes a field of what was seen of it.
struct FieldMaking {
    let path: String
    let tally: FieldTally
    let usual: Int
    let topics: Int

    var field: SurveyReport.Field {
        var field = SurveyReport.Field(
            path: path,
            presence: min(1, Double(tally.count) / Double(usual)),
            kinds: tally.counts.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
                .map(\.key)
        )
        if tally.minimum <= tally.maximum {
            field.minimum = tally.minimum
            field.maximum = tally.maximum
        }
        if tally.counts[.number] != nil { field.isWhole = tally.isWhole }
        if tally.length > 0 { field.length = tally.length }
        if !tally.examples.isEmpty { field.examples = tally.examples }
        field.part = PartGuess.part(path: path, tally: tally, topics: topics)
        if field.part == .time {
            field.timeUnit = tally.times.max { $0.value < $1.value }?.key
            let ahead = tally.ahead.sorted()
            if let least = ahead.first, let most = ahead.last {
                field.clockAhead = [least, ahead[ahead.count / 2], most]
            }
        }
        return field
    }
}
