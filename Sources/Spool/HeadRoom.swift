// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// How long the spool lasts if it goes on filling as it does.
///
/// Pure. The rate is the growth of what is in use, smoothed exponentially over about ten minutes, so that
/// one burst does not alarm and a lasting outage shows within minutes.
struct HeadRoom: Equatable {
    private static let memory = 600.0
    /// What the readings of a minute weigh together: of less nothing is foretold.
    private static let enough = 0.09
    /// Longer than this is for ever.
    static let most = QueueFacts.endless

    private var last: (bytes: Int, time: Int64)?
    /// Bytes a second.
    private(set) var rate = 0.0
    private var weight = 0.0

    static func == (left: HeadRoom, right: HeadRoom) -> Bool {
        left.rate == right.rate && left.last?.bytes == right.last?.bytes
    }

    /// Notes what is in use at a reading of the spool's clock, in nanoseconds.
    mutating func observe(bytes: Int, at time: Int64) {
        defer { last = (bytes, time) }
        guard let last, time > last.time else { return }
        let passed = Double(time - last.time) / 1e9
        let grown = Double(bytes - last.bytes) / passed
        let fade = Self.exponential(-passed / Self.memory)
        // Divided by the weights so far, so that the first minutes count for what they are.
        rate = rate * weight * fade + grown * (1 - fade)
        weight = weight * fade + (1 - fade)
        rate /= weight
    }

    /// How long `free` bytes last; nil when nothing grows, for more than a year, and in the first minute.
    func left(free: Int) -> Interval? {
        guard rate > 0, weight >= Self.enough else { return nil }
        let seconds = Double(max(0, free)) / rate
        guard seconds < Self.most.seconds else { return nil }
        return Interval(nanoseconds: Int64(seconds * 1e9))
    }

    /// e^x for x ≤ 0, without the mathematics library: (1 + x/1024)^1024.
    private static func exponential(_ x: Double) -> Double {
        guard x > -500 else { return 0 }
        var power = 1 + x / 1024
        for _ in 0..<10 { power *= power }
        return power
    }
}
