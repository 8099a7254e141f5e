// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The sums of one field over a span of time of its own, in panes: `slope(temp, 10m)`.
///
/// A span is 32 panes, and the oldest is forgotten whole: what is summed up reaches back by the span,
/// less a 32nd of it at most. Memory does not depend on how much comes (the panes of J. Li et al.,
/// "No pane, no gain: efficient evaluation of sliding-window aggregates over data streams", SIGMOD
/// Record 34, 2005).
struct SpanTrack {
    /// The part of the span that is forgotten at a time.
    struct Pane {
        var index: Int64
        var summary: SeriesSummary
        var trend: SeriesTrend
    }

    static let paneCount = 32

    private let width: Int64
    /// In the order of their time.
    private(set) var panes: [Pane] = []

    init(_ span: Interval) {
        width = max(1, span.nanoseconds / Int64(Self.paneCount))
    }

    var bytes: Int { 48 + panes.capacity * MemoryLayout<Pane>.stride }

    /// Forgets everything.
    mutating func empty() {
        panes.removeAll(keepingCapacity: true)
    }

    /// Puts it back as it was; `panes` are in the order of their time.
    mutating func take(_ panes: [Pane]) {
        self.panes = panes
    }

    /// Takes the numbers of a reading; those of a time that is forgotten already are left out.
    mutating func append(_ numbers: UnsafeBufferPointer<Double>, time: Int64, origin: Int64) {
        let index = time / width - (time % width < 0 ? 1 : 0)
        if let newest = panes.last?.index {
            guard index > newest - Int64(Self.paneCount) else { return }
            let oldest = max(index, newest) - Int64(Self.paneCount)
            if let first = panes.first, first.index <= oldest {
                panes.removeAll { $0.index <= oldest }
            }
        }
        var place = panes.count
        while place > 0, panes[place - 1].index > index { place -= 1 }
        if place == 0 || panes[place - 1].index < index {
            panes.insert(
                Pane(index: index, summary: SeriesSummary(), trend: SeriesTrend()),
                at: place
            )
            place += 1
        }
        panes[place - 1].summary.append(SeriesSummary(numbers))
        // The numbers of one reading's series have one time: all that a trend knows of them is the mean.
        let seconds = Double(time &- origin) / 1e9
        for number in numbers {
            panes[place - 1].trend.append(seconds, number)
        }
    }

    /// The value of `function` over the span.
    func summary(_ function: SeriesFunction) -> Double {
        var sum = SeriesSummary()
        for pane in panes { sum.append(pane.summary) }
        return sum(function)
    }

    /// The rise of the line through the span, per second.
    var slope: Double {
        var sum = SeriesTrend()
        for pane in panes { sum.append(pane.trend) }
        return sum.slope
    }
}
