// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// How far each device's clock is off, so that its time can say how much of a deadline is spent.
///
/// The smallest lag seen between a device's time and arrival is taken for its offset when no network
/// explains it: below nothing (its clock runs ahead) or above one second (it runs behind). Such a clock
/// is suspect and its lag is counted from that offset. Bounded: beyond `capacity` devices all offsets
/// are learnt anew.
struct DeviceClocks {
    private struct Offset: Equatable {
        var least: Interval
        var isReported: Bool
    }

    /// The longest lag that a network may explain.
    private static let plausible = Interval.seconds(1)

    private let capacity: Int
    private var offsets: [String: Offset] = [:]

    init(capacity: Int = 131_072) {
        self.capacity = capacity
    }

    /// What a reading has spent on its way, for its lag by the device's clock; and whether this device's
    /// clock is found suspect for the first time.
    mutating func spent(_ lag: Interval, device: String) -> (spent: Interval, isSuspect: Bool) {
        let known = offsets[device]
        if known == nil, offsets.count >= capacity { offsets.removeAll(keepingCapacity: true) }
        var offset = known ?? Offset(least: lag, isReported: false)
        offset.least = min(offset.least, lag)
        let isPlausible = offset.least >= .zero && offset.least <= Self.plausible
        let isNew = !isPlausible && !offset.isReported
        if isNew { offset.isReported = true }
        // Most readings change nothing, and to store it would seek the device once more.
        if offset != known { offsets[device] = offset }
        return (isPlausible ? lag : lag - offset.least, isNew)
    }
}
