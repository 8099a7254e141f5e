// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway

/// The screen of `sluice top`: a pure function of two readings of the status and a size.
struct TopScreen {
    static let routes = ["act", "escalate", "defer", "drop"]

    let status: GatewayStatus
    let rates: TopRates
    /// What stands at the right of the title, where there is room.
    let note: String
    /// For how many seconds the gateway has not answered; nil while it does.
    let silence: Double?

    init(
        _ status: GatewayStatus,
        since before: GatewayStatus?,
        note: String,
        silence: Double? = nil
    ) {
        self.status = status
        rates = TopRates(status, since: before)
        self.note = note
        self.silence = silence
    }

    /// The lines, `rows` of them at most, each of `columns` characters at most.
    func lines(columns: Int, rows: Int, _ ink: Ink) -> [String] {
        var lines = [title(columns)] + summary(columns)
        let parts = [
            trouble(columns), inputs(columns), endpoints(columns), policies(columns),
            models(columns), sinks(columns),
        ]
        .filter { !$0.isEmpty }
        // What is short is shown whole; what is left is shared by the long ones.
        var room = max(0, rows - lines.count)
        var share = parts.map { _ in 0 }
        while room > 0, let next = Self.neediest(parts.map(\.count), share) {
            share[next] += 1
            room -= 1
        }
        for (part, count) in zip(parts, share) where count > 0 {
            if count >= part.count {
                lines += part
            } else {
                lines += part.prefix(count - 1)
                lines.append(ScreenLine("  … \(part.count - count + 1) more lines", .dim))
            }
        }
        return lines.prefix(rows).map { $0.text(columns: columns, ink) }
    }

    /// The part that has the fewest lines of those that want more, the first of several.
    private static func neediest(_ wanted: [Int], _ given: [Int]) -> Int? {
        wanted.indices.filter { given[$0] < wanted[$0] }.min { given[$0] < given[$1] }
    }

    private func title(_ columns: Int) -> ScreenLine {
        var line = ScreenLine()
        let state = status.state
        line.add(" \(status.site)  ", .title)
        if let silence {
            // What follows is what it said last.
            line.add("no answer for \(Figure.age(silence)): is it running?  ", .title)
        } else {
            line.add("\(state.state.rawValue) for \(Figure.age(state.seconds))  ", .title)
            if !status.cloud.isEmpty { line.add("uplink \(status.uplink)  ", .title) }
            line.add("up \(Figure.age(status.uptimeSeconds))  ", .title)
        }
        let gap = columns - line.width - note.count - 1
        if gap >= 0 { line.add(String(repeating: " ", count: gap) + note + " ", .title) }
        line.fill(to: columns, .title)
        return line
    }

    private func summary(_ columns: Int) -> [ScreenLine] {
        let latency = status.latenciesMs["sluice_decide_latency_seconds"]
        var first = ScreenLine("messages ", .dim)
        first.add(
            Figure.rate(rates.rate { Double($0.lanes.flatMap(\.messages).reduce(0, +)) }),
            .bold
        )
        first.add("   decisions ", .dim)
        first.add(Figure.rate(rates.rate(counter: "sluice_decide_decisions_total")), .bold)
        let isNarrow = columns < 70
        var second = ScreenLine(isNarrow ? "decided in p50 " : "   decided in p50 ", .dim)
        second.add(Figure.milliseconds(latency?["p50"]), .bold)
        second.add(" p99 ", .dim)
        second.add(Figure.milliseconds(latency?["p99"]), .bold)
        if isNarrow { return [first, second] + routes(columns) + [backlog] }
        first.add(second)
        return [first] + routes(columns) + [backlog]
    }

    /// The share of each route of what was decided between the readings, or of all before there are two; in
    /// two lines where one is too long.
    private func routes(_ columns: Int) -> [ScreenLine] {
        let name = "sluice_decide_decisions_total"
        let counts = Self.routes.map { route in
            rates.rate(counter: name, ("route", route))
                ?? TopRates.total(status, name, ("route", route))
        }
        let sum = counts.reduce(0, +)
        var lines = [ScreenLine("routes   ", .dim)]
        guard sum > 0 else {
            lines[0].add("nothing decided")
            return lines
        }
        let bar = max(0, min(40, columns - 64))
        for (place, route) in Self.routes.enumerated() {
            let part = counts[place] / sum
            if columns < 60, place == 2 { lines.append(ScreenLine("         ")) }
            lines[lines.count - 1].add("\(route) ", .route(place))
            lines[lines.count - 1].add("\(Figure.percent(part))  ", .bold)
        }
        for (place, count) in counts.enumerated() {
            let width = Int((count / sum * Double(bar)).rounded())
            if width > 0 { lines[0].add(String(repeating: "█", count: width), .route(place)) }
        }
        return lines
    }

    private var backlog: ScreenLine {
        let spool = status.spool
        var line = ScreenLine("backlog  ", .dim)
        line.add("\(spool.waiting) row\(spool.waiting == 1 ? "" : "s")", .bold)
        line.add(" \(Figure.bytes(spool.bytes)), \(Figure.percent(spool.fill)) full")
        if spool.waiting > 0 { line.add(", oldest \(Figure.age(spool.oldestSeconds))") }
        if let change = rates.change({ Double($0.spool.waiting) }) {
            let word = change > 0 ? "grows" : "drains"
            if abs(change) >= 0.05 { line.add(", \(word) by \(Figure.rate(abs(change)))") }
        }
        if let parked = spool.parked, parked > 0 { line.add(", \(parked) parked", .doubtful) }
        return line
    }

    private func trouble(_ columns: Int) -> [ScreenLine] {
        let state = status.state
        var said = state.causes.map { ScreenLine("! \($0)", .bad) }
        said += state.costs.map { ScreenLine("  costs: \($0)", .doubtful) }
        if let remedy = state.remedy { said.append(ScreenLine("  -> \(remedy)", .bold)) }
        let known = Set(state.causes)
        said += status.warnings.filter { !known.contains($0) }.map {
            ScreenLine("! \($0)", .doubtful)
        }
        if status.refusedReload != nil {
            said.append(
                ScreenLine("! the policies on disk are refused: `sluice status` says why", .bad)
            )
        }
        return said.isEmpty ? [] : [ScreenLine()] + said
    }
}
