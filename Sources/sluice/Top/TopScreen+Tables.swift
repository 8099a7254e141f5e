// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway

/// The tables below the summary: a heading with units, then a line each.
extension TopScreen {
    /// The width of a table's first column: as wide as `wanted`, less where the screen has no room for `others`.
    private static func first(_ wanted: Int, _ others: [Int], _ columns: Int) -> Int {
        let room = columns - others.reduce(0) { $0 + $1 + 1 } - 1
        return max(min(wanted, 10), min(wanted, room))
    }

    private static func heading(_ words: [(String, Int)]) -> [ScreenLine] {
        var line = ScreenLine()
        for (place, word) in words.enumerated() {
            line.add(word.0, width: word.1, right: place > 0, .dim)
        }
        return [ScreenLine(), line]
    }

    func inputs(_ columns: Int) -> [ScreenLine] {
        guard !status.lanes.isEmpty else { return [] }
        let first = Self.first(20, [9, 8, 8, 8, 8], columns)
        var lines = Self.heading([
            ("INPUT", first), ("STATE", 9), ("IN", 8), ("AT QOS 0", 8), ("AGAIN", 8),
            ("REFUSED", 8),
        ])
        for (place, lane) in status.lanes.enumerated() {
            func rate(_ figure: @escaping (GatewayStatus.LaneReport) -> Int) -> String {
                Figure.rate(
                    rates.rate { status in
                        status.lanes.indices.contains(place)
                            && status.lanes[place].name == lane.name
                            ? Double(figure(status.lanes[place])) : nil
                    }
                )
            }
            var line = ScreenLine()
            line.add(lane.name, width: first)
            let state = lane.paused != nil ? "paused" : lane.connected ? "connected" : "away"
            line.add(state, width: 9, right: true, state == "connected" ? .good : .bad)
            line.add(rate { $0.messages.reduce(0, +) }, width: 8, right: true, .bold)
            let bare = lane.messages.first ?? 0
            line.add(
                rate { $0.messages.first ?? 0 },
                width: 8,
                right: true,
                bare > 0 ? .doubtful : .plain
            )
            line.add(rate(\.duplicates), width: 8, right: true)
            line.add("\(lane.refused)", width: 8, right: true)
            lines.append(line)
        }
        return lines
    }

    func endpoints(_ columns: Int) -> [ScreenLine] {
        guard !status.cloud.isEmpty else { return [] }
        let first = Self.first(28, [8, 9, 7, 7, 9, 6], columns)
        var lines = Self.heading([
            ("ENDPOINT", first), ("UPLINK", 8), ("BREAKER", 9), ("CALLS", 7), ("FAILED", 7),
            ("P95", 9), ("LEFT", 6),
        ])
        for (name, endpoint) in status.cloud.sorted(by: { $0.key < $1.key }) {
            for (policy, model) in endpoint.models.sorted(by: { $0.key < $1.key }) {
                func rate(
                    _ figure: @escaping (GatewayStatus.CloudModelReport) -> Int?
                ) -> String {
                    Figure.rate(
                        rates.rate { status in
                            status.cloud[name]?.models[policy].flatMap(figure).map { Double($0) }
                        }
                    )
                }
                var line = ScreenLine()
                line.add("\(name)/\(policy)", width: first)
                line.add(model.uplink, width: 8, right: true, Self.style(uplink: model.uplink))
                let isClosed = model.breaker == "closed"
                line.add(model.breaker, width: 9, right: true, isClosed ? .plain : .bad)
                line.add(rate(\.calls), width: 7, right: true, .bold)
                line.add(rate(\.failedCalls), width: 7, right: true)
                line.add(Figure.milliseconds(model.p95Ms), width: 9, right: true)
                let left = endpoint.budget?.map(\.left).min()
                line.add(
                    left.map { "\(Int(($0 * 100).rounded())) %" } ?? "-",
                    width: 6,
                    right: true,
                    left ?? 1 < 0.1 ? .bad : .plain
                )
                lines.append(line)
            }
        }
        return lines
    }

    private static func style(uplink: String) -> ScreenLine.Style {
        switch uplink {
        case "online": .good
        case "offline": .bad
        default: .doubtful
        }
    }

    func policies(_ columns: Int) -> [ScreenLine] {
        guard !status.policies.isEmpty else { return [] }
        let (first, second) = (
            Self.first(24, [12, 12], columns), min(24, max(12, columns / 3 - 2))
        )
        var lines = Self.heading([("POLICY", first), ("MODEL", second), ("BOUND", second)])
        for policy in status.policies {
            var line = ScreenLine()
            line.add(policy.name, width: first)
            line.add(policy.model ?? "-", width: second, right: true)
            let bound = policy.bound.map { report in
                report.samples > 0
                    ? "\(report.state.rawValue), \(Figure.percent(report.estimate))"
                    : report.state.rawValue
            }
            let isBroken = policy.bound?.state.rawValue == "broken"
            line.add(bound ?? "-", width: second, right: true, isBroken ? .bad : .plain)
            lines.append(line)
        }
        return lines
    }

    func models(_ columns: Int) -> [ScreenLine] {
        guard let reports = status.inference, !reports.isEmpty else { return [] }
        let first = Self.first(28, [8, 9, 9, 9, 6], columns)
        var lines = Self.heading([
            ("MODEL", first), ("RUNS ON", 8), ("READINGS", 9), ("RUN P99", 9), ("WAIT P99", 9),
            ("ROWS", 6),
        ])
        for (place, report) in reports.enumerated() {
            var line = ScreenLine()
            line.add(report.model, width: first)
            line.add("\(report.runsOn)", width: 8, right: true)
            let readings = rates.rate { status in
                guard let all = status.inference, all.indices.contains(place),
                    all[place].model == report.model
                else { return nil }
                return Double(all[place].readings)
            }
            line.add(Figure.rate(readings), width: 9, right: true, .bold)
            line.add(Figure.milliseconds(report.run?.p99), width: 9, right: true)
            line.add(Figure.milliseconds(report.wait?.p99), width: 9, right: true)
            line.add("\(report.pending)", width: 6, right: true)
            lines.append(line)
        }
        return lines
    }

    func sinks(_ columns: Int) -> [ScreenLine] {
        guard let sinks = status.sinks, !sinks.isEmpty else { return [] }
        let first = Self.first(28, [11, 9, 9], columns)
        var lines = Self.heading([("SINK", first), ("STATE", 11), ("STORED", 9), ("REFUSED", 9)])
        for (name, sink) in sinks.sorted(by: { $0.key < $1.key }) {
            var line = ScreenLine()
            line.add(name, width: first)
            let isAway = sink.trouble != nil
            line.add(isAway ? "away" : "takes lines", width: 11, right: true, isAway ? .bad : .good)
            line.add("\(sink.stored)", width: 9, right: true)
            line.add("\(sink.refused)", width: 9, right: true)
            lines.append(line)
        }
        return lines
    }
}
