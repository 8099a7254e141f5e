// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Detect
import Glibc
import Vocabulary

extension Part {
    /// A reading → its score, once a detector has seen three days of a reading a minute.
    static var detectors: [Part] {
        DetectorSettings.Name.allCases.map { name in
            Part("detector \(name.rawValue)") { detector(name) }
        }
    }

    private static func detector(_ name: DetectorSettings.Name) -> (Int) throws -> Void {
        let fields = name == .halfSpaceTrees ? 3 : 1
        let values = day
        let stream = DetectorStream(DetectorSettings(name), fields: fields)
        var time = WallTime(nanoseconds: 1_750_000_000_000_000_000)
        var reading = [Double](repeating: 0, count: fields)
        var place = 0
        var sum = 0.0
        func take(_ count: Int) {
            for _ in 0..<count {
                for field in reading.indices {
                    reading[field] = values[(place + 480 * field) % values.count]
                }
                sum += stream.score(reading, at: time)
                place = place + 1 == values.count ? 0 : place + 1
                time = time + .seconds(60)
            }
        }
        take(3 * values.count)
        return take
    }

    /// The day's course, what is left of the last reading, and chance, the same at every run.
    private static let day: [Double] = {
        var state: UInt64 = 42
        var wander = 0.0
        return (0..<1_440).map { minute in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            wander = 0.9 * wander + Double(state >> 11) / Double(1 << 53) - 0.5
            return 20 + 3 * sin(Double(minute) * 2 * .pi / 1_440) + wander
        }
    }()
}
