// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// One metric's value at one moment.
public struct MetricSample: Sendable {
    /// What kind of metric it is.
    public enum Reading: Sendable {
        /// A count that only grows.
        case counter(Int64)
        /// A value that goes up and down.
        case gauge(Double)
        /// Durations recorded so far, in nanoseconds.
        case timer(count: Int64, p50: Int64, p99: Int64, maximum: Int64)
    }

    /// The metric's name, `sluice_<stage>_<noun>_<unit>[_total]`.
    public var name: String
    /// Its labels, from closed sets.
    public var labels: [(name: String, value: String)]
    /// Its value.
    public var reading: Reading
    /// A timer's durations by buckets; nil for other kinds.
    public var buckets: DurationBuckets?

    /// Makes a sample.
    public init(
        name: String,
        labels: [(name: String, value: String)],
        reading: Reading,
        buckets: DurationBuckets? = nil
    ) {
        self.name = name
        self.labels = labels
        self.reading = reading
        self.buckets = buckets
    }

    /// The name with its labels, as Prometheus writes it.
    public var title: String {
        guard !labels.isEmpty else { return name }
        let pairs = labels.map { "\($0.name)=\"\($0.value)\"" }
        return "\(name){\(pairs.joined(separator: ","))}"
    }
}
