// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// How long a stream usually lets pass between two readings, by their times.
///
/// A running median (its estimate moves by a share of itself towards each interval), so that
/// neither pauses nor bursts spoil it. Times that repeat themselves or run backwards are no
/// interval.
struct Cadence: Sendable {
    private var last: WallTime?
    /// The usual interval in seconds; 0 before there was one.
    private(set) var usual = 0.0
    private var count: UInt32 = 0

    init() {}

    /// How many intervals have been seen, up to the 10 000 that matter.
    var intervals: Int { Int(count) }

    /// Seconds since the reading before; nil where its time is unknown or the clock did not go on.
    mutating func interval(to time: WallTime?) -> Double? {
        guard let time else { return nil }
        defer { last = time }
        guard let last, time > last else { return nil }
        let (nanoseconds, overflows) =
            time.nanoseconds.subtractingReportingOverflow(last.nanoseconds)
        return overflows ? nil : Double(nanoseconds) / 1e9
    }

    /// Learns an interval, in seconds.
    mutating func learn(_ interval: Double) {
        guard count > 0 else {
            (usual, count) = (interval, 1)
            return
        }
        if count < 10_000 { count += 1 }
        let step = max(0.002, 0.5 / Double(count))
        // An interval that is nearer than a step is the median itself.
        let nearest = usual * (1 + step)
        if interval > nearest {
            usual = nearest
        } else if interval < usual * (1 - step) {
            usual *= 1 - step
        } else {
            usual = interval
        }
        usual = max(usual, 1e-9)
    }

    func save(into writer: inout StateWriter) {
        writer.put(last)
        writer.put(usual)
        writer.put(Int(count))
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        last = try reader.time()
        usual = try reader.finite(in: 0...1e12)
        count = UInt32(try reader.int(in: 0...10_000))
    }
}
