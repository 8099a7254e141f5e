// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Synchronization

/// Shows counts that are kept elsewhere as counters of the process.
///
/// A counter is made with the first count above nothing. Any thread.
final class ShownCounts: Sendable {
    private struct Name: Hashable {
        var label: String
        var dimensions: [String]
    }

    private struct Shown {
        var counter: Counter
        var count: Int
    }

    private let factory: any MetricsFactory
    private let shown = Mutex<[Name: Shown]>([:])

    init(factory: any MetricsFactory) {
        self.factory = factory
    }

    /// Brings the counter `label` to `count`; a count that has gone back began anew.
    func show(_ count: Int, as label: String, _ dimension: (name: String, value: String)? = nil) {
        let dimensions = dimension.map { [$0.name, $0.value] } ?? []
        let name = Name(label: label, dimensions: dimensions)
        shown.withLock { shown in
            guard count > 0 || shown[name] != nil else { return }
            let known =
                shown[name]
                ?? Shown(
                    counter: Counter(
                        label: label,
                        dimensions: dimension.map { [($0.name, $0.value)] } ?? [],
                        factory: factory
                    ),
                    count: 0
                )
            let news = count >= known.count ? count - known.count : count
            if news > 0 { known.counter.increment(by: Int64(news)) }
            shown[name] = Shown(counter: known.counter, count: count)
        }
    }

    /// Forgets the counters whose dimension `name` has a value that is not among `kept`.
    func keep(_ kept: Set<String>, of name: String) {
        let gone = shown.withLock { shown in
            let gone = shown.filter { title, _ in
                title.dimensions.first == name && !kept.contains(title.dimensions[1])
            }
            for title in gone.keys { shown[title] = nil }
            return gone.values.map(\.counter)
        }
        for counter in gone { counter.destroy() }
    }
}
