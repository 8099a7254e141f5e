// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

extension WindowSpec {
    /// Reads `window` of a `model.yaml`; nil when it has none, or one that is not in order, which is
    /// reported.
    static func read(_ root: SettingsNode) -> WindowSpec? {
        guard let node = root.optionalMapping("window") else { return nil }
        let lengths = 1...lengthLimit
        let times = Interval.milliseconds(1)...Interval.seconds(366 * 86_400)
        let count = node.optionalInteger("count", in: lengths)
        let samples = node.optionalInteger("samples", in: lengths)
        let time = node.optionalDuration("time", in: times)
        let join = node.optionalMapping("join").map { Join($0) }
        let named = ["count", "samples", "time"].filter { node.has($0) }
        guard named.count == 1 || (named.isEmpty && join != nil) else {
            node.problemWithKey(
                named.isEmpty
                    ? "`window` does not say how long it is"
                    : "`window` has one length; found `" + named.joined(separator: "` and `") + "`",
                hint:
                    "say `count: 64` (readings), `samples: 1024` (numbers of series) or `time: 10s`"
            )
            return nil
        }
        var spec = WindowSpec(
            extent: .count(count ?? 1),
            hop: count ?? samples ?? 1,
            timeHop: time ?? .zero,
            gap: node.optionalDuration("gap", in: times),
            late: node.duration("late", in: .zero...Interval.seconds(3_600), default: .zero),
            join: join,
            maximumDevices: node.integer("max_devices", in: 1...10_000_000, default: 100_000),
            maximumBytes: node.size("max_bytes", in: 1 << 16...1 << 40, default: 256 << 20)
        )
        if let samples { spec.extent = .samples(samples) }
        if let time {
            spec.extent = .time(time)
            spec.timeHop = node.duration("hop", in: times, default: time)
        } else {
            spec.hop = node.integer("hop", in: lengths, default: spec.hop)
        }
        if samples != nil, spec.late > .zero {
            node.node("late")?.problemWithKey(
                "`late` sorts whole readings into place; a window of samples takes them as they come",
                hint: "leave `late` out"
            )
        }
        return spec
    }
}

extension WindowSpec.Join {
    fileprivate init(_ node: SettingsNode) {
        on = node.required("on", .oneOrMore(of: .string)) ?? []
        let tolerances = Interval.zero...Interval.seconds(366 * 86_400)
        tolerance = node.required("tolerance", .duration(in: tolerances)) ?? .zero
        missing = node.value("missing", .choice(WindowSpec.Missing.self), default: .fail)
    }
}

extension Shape where Value == Double {
    /// A number of events a second, in hertz.
    static var rate: Shape {
        .parsed("a frequency with its unit, such as `50Hz` or `25.6kHz`") {
            text in
            for (unit, factor) in [("MHz", 1e6), ("kHz", 1e3), ("Hz", 1.0)]
            where text.hasSuffix(unit) {
                guard let number = Quantity.number(String(text.dropLast(unit.count))),
                    number > 0, number * factor <= 1e12
                else { throw ShapeMismatch() }
                return number * factor
            }
            throw ShapeMismatch()
        }
    }
}
