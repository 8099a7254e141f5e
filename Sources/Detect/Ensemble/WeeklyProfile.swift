// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// How far a stream usually is from its own day at each time of the week: what a Sunday differs in.
///
/// Eight parts of three hours a day. It has a say once a part has come three times, and only where it
/// has foretold clearly better than the day alone.
struct WeeklyProfile: Equatable, Sendable {
    private static let parts = 56
    private static let memory = 192.0
    private static let weeksNeeded: UInt16 = 3

    private var distances: [Double] = Array(repeating: 0, count: parts)
    private var visits: [Float] = Array(repeating: 0, count: parts)
    private var weeks: [UInt16] = Array(repeating: 0, count: parts)
    private var last = -1
    private var weeklyError = 0.0
    private var dailyError = 0.0

    /// Which part of the week `time` falls in.
    static func part(of time: WallTime) -> Int {
        let (hours, _) = time.nanoseconds.quotientAndRemainder(dividingBy: 10_800_000_000_000)
        let part = Int(hours) % parts
        return part < 0 ? part + parts : part
    }

    /// What is to be taken off a value of that part before it is held against its day.
    func offset(in part: Int) -> Double {
        guard weeks[part] >= Self.weeksNeeded, weeklyError < 0.9 * dailyError else { return 0 }
        return distances[part]
    }

    /// Learns how far a value lay from its day; errors count up to `reach`, by `rate`.
    mutating func learn(_ distance: Double, in part: Int, rate: Double, reach: Double) {
        if weeks[part] >= Self.weeksNeeded {
            let error = min((distance - distances[part]).magnitude, reach)
            weeklyError += rate * (error - weeklyError)
            dailyError += rate * (min(distance.magnitude, reach) - dailyError)
        }
        if part != last {
            weeks[part] = weeks[part] < .max ? weeks[part] + 1 : .max
            last = part
        }
        let weight = max(1 / Double(visits[part] + 1), 1 / Self.memory)
        visits[part] = min(visits[part] + 1, 1e6)
        distances[part] += weight * (distance - distances[part])
    }
}

extension WeeklyProfile {
    var byteCount: Int {
        let one =
            MemoryLayout<Double>.stride + MemoryLayout<Float>.stride + MemoryLayout<UInt16>.stride
        return 3 * arrayHeader + Self.parts * one
    }

    func save(into writer: inout StateWriter) {
        writer.put(distances)
        writer.put(visits)
        writer.put(weeks)
        writer.put(last)
        writer.put(weeklyError)
        writer.put(dailyError)
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        distances = try reader.bounded(Self.parts, in: -1e150...1e150)
        visits = try reader.floats(limit: Self.parts)
        guard visits.count == Self.parts, visits.allSatisfy({ $0 >= 0 && $0 <= 1e6 }) else {
            throw StateError("a week has other parts")
        }
        weeks = try reader.shorts(Self.parts)
        last = try reader.int(in: -1...Self.parts - 1)
        weeklyError = try reader.finite(in: 0...1e150)
        dailyError = try reader.finite(in: 0...1e150)
    }
}
