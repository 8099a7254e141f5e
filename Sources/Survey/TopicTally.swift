// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode

/// What was seen on one topic.
struct TopicTally {
    let levels: [String]
    private(set) var messages = 0
    private(set) var retained = 0
    private(set) var qos = [0, 0, 0]
    private(set) var smallest = Int.max
    private(set) var largest = 0
    private(set) var formats: [SurveyReport.Format: Int] = [:]
    private(set) var fields: [String: FieldTally] = [:]
    /// The numbers of the last payload of the usual kind.
    private(set) var sample: [String: Double] = [:]

    init(_ topic: String) {
        levels = topic.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    }

    /// The payloads' most frequent kind.
    var format: SurveyReport.Format {
        formats.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key ?? .empty
    }

    /// The names of the fields that most payloads have.
    var usualFields: Set<String> {
        let most = formats[.json, default: 0]
        return Set(fields.filter { $0.value.count * 2 >= most }.keys)
    }

    mutating func take(
        payload: UnsafeRawBufferPointer,
        qos level: UInt8,
        isRetained: Bool,
        now: Double,
        room: Int,
        limits: SurveyLimits
    ) {
        messages += 1
        if isRetained { retained += 1 }
        qos[min(2, Int(level))] += 1
        smallest = min(smallest, payload.count)
        largest = max(largest, payload.count)
        // What the broker kept says nothing of clocks.
        let time = isRetained ? nil : now
        formats[look(into: payload, time, room: room, limits: limits), default: 0] += 1
    }

    private mutating func look(
        into payload: UnsafeRawBufferPointer,
        _ now: Double?,
        room: Int,
        limits: SurveyLimits
    ) -> SurveyReport.Format {
        guard !payload.isEmpty else { return .empty }
        if payload.starts(with: [0xFF, 0xD8, 0xFF]) { return .image }
        if payload.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return .image }
        if payload.count <= limits.payload {
            let bounds = DecodeLimits(payloadBytes: limits.payload, depth: 16, treeValues: 20_000)
            if let json = try? JSONValue(parsing: payload, limits: bounds) {
                return look(at: json, now, room: room, limits: limits)
            }
        }
        let start = payload.prefix(256)
        let isText = !start.contains { $0 < 9 || (14..<32).contains($0) || $0 == 127 }
        return isText && start.allSatisfy({ $0 < 0x80 }) ? .text : .binary
    }

    private mutating func look(
        at json: JSONValue,
        _ now: Double?,
        room: Int,
        limits: SurveyLimits
    ) -> SurveyReport.Format {
        let most = min(limits.fields, fields.count + max(0, room))
        switch json {
        case .object(let members):
            sample = [:]
            take(members, under: "", depth: 0, now, most: most, limits: limits)
            return .json
        case .array(let elements):
            guard case .object(let first)? = elements.first else {
                return take(value: json, now, most: most, limits)
            }
            sample = [:]
            take(first, under: "[]", depth: 0, now, most: most, limits: limits)
            return .json
        default: return take(value: json, now, most: most, limits)
        }
    }

    /// Takes a payload that is one value, as the field whose path is empty.
    private mutating func take(
        value: JSONValue,
        _ now: Double?,
        most: Int,
        _ limits: SurveyLimits
    ) -> SurveyReport.Format {
        sample = [:]
        if fields[""] != nil || fields.count < most { take(value, "", now, limits) }
        return .value
    }

    private mutating func take(
        _ members: [String: JSONValue],
        under prefix: String,
        depth: Int,
        _ now: Double?,
        most: Int,
        limits: SurveyLimits
    ) {
        // In order, so that of too many the same ones are kept every time.
        for name in members.keys.sorted().prefix(4 * limits.fields) {
            guard let member = members[name] else { continue }
            // A dot in a name is no step into an object.
            let step = name.contains(".") ? "'\(name)'" : name
            let path = prefix.isEmpty ? step : "\(prefix).\(step)"
            if case .object(let inner) = member {
                guard depth + 1 < limits.depth else { continue }
                take(inner, under: path, depth: depth + 1, now, most: most, limits: limits)
                continue
            }
            guard path.utf8.count <= limits.topic, fields[path] != nil || fields.count < most else {
                continue
            }
            take(member, path, now, limits)
        }
    }

    private mutating func take(
        _ member: JSONValue,
        _ path: String,
        _ now: Double?,
        _ limits: SurveyLimits
    ) {
        var tally = fields[path] ?? FieldTally()
        switch member {
        case .number(let number):
            tally.take(number: number, at: now)
            sample[path] = number
        case .string(let text): tally.take(text: text, at: now, limits: limits)
        case .bool: tally.take(.flag)
        case .null: tally.take(.null)
        case .array(let elements):
            let numbers = elements.compactMap { element in
                if case .number(let number) = element { number } else { nil as Double? }
            }
            if numbers.count == elements.count, !numbers.isEmpty {
                tally.take(samples: numbers)
            } else {
                tally.take(.list)
            }
        case .object: break
        }
        fields[path] = tally
    }
}
