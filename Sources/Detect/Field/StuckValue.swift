// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// A value that is stuck, and readings that are missing.
///
/// Two measures, each with its own scale. How often the value has been repeated: a stream that
/// never repeats itself makes five in a row strange, one of switch positions does not mind five
/// hundred; a stream that has not changed sixteen times yet is not judged. And how much longer than
/// usual the pause before this reading was, by the readings' times: readings that are missing show
/// at the next one. The score is the rarer of both, corrected for their number.
public struct StuckValue: FieldDetector {
    private var held = 0.0
    private var repeats = 0.0
    private var changes: UInt32 = 0
    private var cadence = Cadence()
    private var runs = TailScale()
    private var gaps = TailScale()

    private static let leastChanges: UInt32 = 16
    private static let leastIntervals = 16
    private static let patience: Int32 = 4

    /// What the detector is set to.
    public struct Settings: Equatable, Sendable {
        /// How far apart two numbers are still the same, in the field's own unit.
        public var tolerance = 0.0

        /// Makes the default settings.
        public init() {}
    }

    /// What the settings come to.
    public struct Plan: Sendable {
        let tolerance: Double

        /// Takes them over.
        public init(_ settings: Settings) {
            tolerance = settings.tolerance
        }
    }

    /// Makes a detector that has seen nothing.
    public init(_ plan: Plan) {}

    /// How unusual it is after what came before, 0…1; then learns from it.
    public mutating func score(_ value: Double, at time: WallTime?, _ plan: Plan) -> Double {
        let gap = gapRarity(time)
        guard value.isFinite else { return 0 }
        let rarity = min(1, 2 * min(gap, runRarity(value, plan)))
        return 1 - rarity
    }

    private mutating func runRarity(_ value: Double, _ plan: Plan) -> Double {
        if (value - held).magnitude <= plan.tolerance {
            repeats = min(repeats + 1, 1e15)
        } else {
            held = value
            repeats = 0
            if changes < Self.leastChanges { changes += 1 }
        }
        guard changes >= Self.leastChanges else { return 1 }
        return 1 - runs.score(repeats, patience: Self.patience)
    }

    private mutating func gapRarity(_ time: WallTime?) -> Double {
        guard let interval = cadence.interval(to: time) else { return 1 }
        let usual = cadence.usual
        let isKnown = cadence.intervals >= Self.leastIntervals
        cadence.learn(interval)
        return isKnown ? 1 - gaps.score(max(0, interval / usual - 1)) : 1
    }

    /// How many bytes it takes, arrays included.
    public var byteCount: Int {
        MemoryLayout<Self>.stride + runs.byteCount + gaps.byteCount
            - 2 * MemoryLayout<TailScale>.stride
    }

    /// Writes everything it knows.
    public func save(into writer: inout StateWriter) {
        writer.put(held)
        writer.put(repeats)
        writer.put(Int(changes))
        cadence.save(into: &writer)
        runs.save(into: &writer)
        gaps.save(into: &writer)
    }

    /// Takes up what `save` wrote.
    public init(_ plan: Plan, restoring reader: inout StateReader) throws(StateError) {
        held = try reader.finite()
        repeats = try reader.finite(in: 0...1e15)
        changes = UInt32(try reader.int(in: 0...Int(Self.leastChanges)))
        cadence = try Cadence(restoring: &reader)
        runs = try TailScale(restoring: &reader)
        gaps = try TailScale(restoring: &reader)
    }
}
