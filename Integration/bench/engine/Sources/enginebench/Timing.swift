// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Detect
import Glibc
import Vocabulary

/// What a detector costs: nanoseconds a reading, and bytes a device, once it has seen a fortnight.
struct Timing: DetectorVisitor {
    typealias Result = String

    /// How long is measured, in seconds.
    let seconds: String
    let fields: Int
    /// A fortnight of a reading a minute: the day's course, what is left of the last reading, and chance.
    private static let values: [Double] = {
        var state: UInt64 = 42
        func chance() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53) - 0.5
        }
        var wander = 0.0
        return (0..<14 * 1_440).map { minute in
            wander = 0.9 * wander + chance()
            return 20 + 3 * sin(Double(minute) * 2 * .pi / 1_440) + wander
        }
    }()

    func visit<Detector: StreamingDetector>(
        _ type: Detector.Type,
        _ plan: Detector.Plan
    ) -> String {
        var detector = Detector(plan)
        var time = WallTime(nanoseconds: 1_750_000_000_000_000_000)
        var place = 0
        var sum = 0.0
        let values = Self.values
        var reading = [Double](repeating: 0, count: fields)
        func once() {
            for field in reading.indices {
                reading[field] = values[(place + 480 * field) % values.count]
            }
            reading.withUnsafeBufferPointer { sum += detector.score($0, at: time, plan) }
            place = place + 1 == values.count ? 0 : place + 1
            time = time + .seconds(60)
        }
        for _ in values { once() }
        let (runs, elapsed) = repeated(for: seconds, once)
        guard sum.isFinite else { fatalError("\(type) gives no number") }
        return "\(Double(elapsed) / Double(runs)) \(detector.byteCount)"
    }
}
