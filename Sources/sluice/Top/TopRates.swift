// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway

/// What happened between two readings of the status.
struct TopRates {
    private let now: GatewayStatus
    private let before: GatewayStatus?
    /// Seconds between the readings by the gateway's own count; nil for one reading, or after a restart.
    let seconds: Double?

    init(_ now: GatewayStatus, since before: GatewayStatus?) {
        self.now = now
        let between = before.map { now.uptimeSeconds - $0.uptimeSeconds } ?? 0
        // One that has started again counts from nothing.
        seconds = between > 0 ? between : nil
        self.before = seconds == nil ? nil : before
    }

    /// How fast a figure grew; nil where that is not known.
    ///
    /// A figure that fell has begun anew.
    func rate(_ figure: (GatewayStatus) -> Double?) -> Double? {
        guard let seconds, let before, let now = figure(now), let former = figure(before),
            now >= former
        else { return nil }
        return (now - former) / seconds
    }

    /// How fast the counter `name` grew, over all labels or those with `label`.
    func rate(counter name: String, _ label: (name: String, value: String)? = nil) -> Double? {
        rate { Self.total($0, name, label) }
    }

    /// How fast a figure changed, either way.
    func change(_ figure: (GatewayStatus) -> Double) -> Double? {
        guard let seconds, let before else { return nil }
        return (figure(now) - figure(before)) / seconds
    }

    /// The sum of a counter's titles.
    static func total(
        _ status: GatewayStatus,
        _ name: String,
        _ label: (name: String, value: String)? = nil
    ) -> Double {
        let mark = label.map { "\($0.name)=\"\($0.value)\"" }
        return status.counters.reduce(0) { sum, counter in
            let isIt = counter.key == name || counter.key.hasPrefix(name + "{")
            guard isIt, mark.map({ counter.key.contains($0) }) ?? true else { return sum }
            return sum + Double(counter.value)
        }
    }
}
