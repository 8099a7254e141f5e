// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// What a stream usually adds to its level at each phase of its period.
///
/// At most 128 phases, learned by themselves and read in between: by the readings' times where they
/// have them, so that gaps and jumps move the phase with the clock; by their number otherwise.
struct Season: Sendable {
    /// How long one period is: seconds with a clock, readings otherwise.
    let length: Double
    /// True when phases are told by the readings' times.
    let byClock: Bool
    private(set) var phases: [Float]
    private var visits: [UInt16]
    /// The phase of a stream without times, in readings.
    private var position = 0.0
    /// When the first reading was, with a clock: it stands at the first phase.
    private var anchor: WallTime?

    private static let most = 128

    init(length: Double, readings: Double, byClock: Bool) {
        self.length = length
        self.byClock = byClock
        let count = max(2, min(Self.most, Int(readings.rounded())))
        phases = Array(repeating: 0, count: count)
        visits = Array(repeating: 0, count: count)
    }

    /// Takes over `profile`: what is added at each phase, counted from the reading that comes next.
    mutating func begin(with profile: [Float]) {
        guard profile.count == phases.count else { return }
        phases = profile
        visits = Array(repeating: 2, count: phases.count)
    }

    private mutating func turn(at time: WallTime?) -> Double? {
        guard let time else { return nil }
        let first = anchor ?? time
        anchor = first
        let turns = Double(time.nanoseconds &- first.nanoseconds) / 1e9 / length
        return turns - turns.rounded(.down)
    }

    /// Two neighbouring phases, and how far the reading is past the first: 0…1.
    struct Place {
        var first: Int
        var second: Int
        var part: Double
    }

    /// Where the next reading stands.
    mutating func advance(to time: WallTime?) -> Place? {
        let turn: Double
        if byClock {
            guard let known = self.turn(at: time) else { return nil }
            turn = known
        } else {
            turn = position / length
            position += 1
            if position >= length { position -= length }
        }
        let exact = turn * Double(phases.count)
        let first = min(phases.count - 1, Int(exact))
        return Place(
            first: first,
            second: first + 1 < phases.count ? first + 1 : 0,
            part: min(1, exact - Double(first))
        )
    }

    /// What the phase adds.
    func value(at place: Place) -> Double {
        Double(phases[place.first]) * (1 - place.part) + Double(phases[place.second]) * place.part
    }

    /// True once the phase has been seen in two periods.
    func isKnown(at place: Place) -> Bool {
        visits[place.first] > 1 || visits[place.second] > 1
    }

    /// Learns that the stream was `error` above what was expected; the first visits teach the most.
    mutating func learn(_ error: Double, at place: Place, rate: Double) {
        learn(error, phase: place.first, share: 1 - place.part, rate)
        if place.part > 0 { learn(error, phase: place.second, share: place.part, rate) }
    }

    private mutating func learn(_ error: Double, phase: Int, share: Double, _ rate: Double) {
        if share >= 0.5, visits[phase] < .max { visits[phase] += 1 }
        let step = max(rate, 1 / Double(max(1, visits[phase])))
        let new = phases[phase] + Float(step * share * error)
        phases[phase] = new.isFinite ? new : 0
    }
}

extension Season {
    var byteCount: Int { 2 * arrayHeader + phases.count * 6 }

    func save(into writer: inout StateWriter) {
        writer.put(length)
        writer.put(byClock)
        writer.put(phases)
        writer.put(visits)
        writer.put(position)
        writer.put(anchor)
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        length = try reader.finite(in: 1e-6...1e12)
        byClock = try reader.bool()
        phases = try reader.floats(limit: Self.most)
        guard phases.count >= 2 else { throw StateError("a season has no phases") }
        visits = try reader.shorts(phases.count)
        position = try reader.finite(in: 0...1e12)
        anchor = try reader.time()
    }
}
