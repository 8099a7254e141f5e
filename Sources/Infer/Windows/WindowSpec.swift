// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// How the readings of each device are gathered into windows, as `model.yaml` says under `window`.
struct WindowSpec: Hashable, Sendable {
    /// How long a window is.
    enum Extent: Hashable, Sendable {
        /// So many readings.
        case count(Int)
        /// So many numbers of the readings' series.
        case samples(Int)
        /// All readings of so long a time.
        case time(Interval)
    }

    /// What becomes of a reading that lacks a field which another topic brings.
    enum Missing: String, CaseIterable, Sendable {
        /// Its finding fails.
        case fail
        /// The last value is used, however old.
        case hold
        /// It is left out, and counted.
        case skip
    }

    /// How the fields of several topics of one device come together.
    struct Join: Hashable, Sendable {
        /// The fields of the readings that others are joined to.
        var on: [String]
        /// How far apart in time they may be.
        var tolerance: Interval
        /// What becomes of a reading to which nothing can be joined.
        var missing: Missing
    }

    var extent: Extent
    /// From one complete window to the next: readings or numbers of series.
    var hop: Int
    /// From one complete window to the next, for windows of time.
    var timeHop: Interval
    /// A longer silence empties the window; nil for none that does.
    var gap: Interval?
    /// How far behind the newest a reading may lie in time and still be sorted into its place.
    var late: Interval
    var join: Join?
    var maximumDevices: Int
    var maximumBytes: Int

    /// The most numbers a window holds of one field.
    static let lengthLimit = 65_536

    /// How many numbers a complete window has; nil where that depends on what came.
    var length: Int? {
        switch extent {
        case .count(let count), .samples(let count): count
        case .time: nil
        }
    }

    /// True where a window is made of the numbers of series.
    var countsSamples: Bool {
        if case .samples = extent { true } else { false }
    }
}
