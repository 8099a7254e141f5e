// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Ingest
import Spool
import Systemd
import Vocabulary

/// What is done four times a second to watch the gateway: its lanes, its state, and who is told.
struct WatchRound {
    /// How long an input may take for its first answer before the gateway counts as started all the same.
    private static let patience = Interval.seconds(5)
    /// A lane may stand still for so long where no watchdog says less.
    private static let usualLimit = Interval.seconds(60)

    private let gateway: Gateway
    private let herald: StateHerald
    private let begun: MonotonicInstant
    private let limit: Interval
    private var vigil = LaneVigil()
    private var attendance: Attendance

    init(gateway: Gateway) {
        self.gateway = gateway
        herald = StateHerald(gateway: gateway)
        begun = gateway.parts.time.now
        let watchdog = gateway.service == nil ? nil : ServiceWatchdog.given()
        let interval = watchdog.map { Interval.microseconds(Int64(clamping: $0)) }
        attendance = Attendance(watchdog: interval)
        limit = interval.map { Interval(nanoseconds: $0.nanoseconds / 2) } ?? Self.usualLimit
    }

    mutating func run() {
        let now = gateway.parts.time.now
        let wait = gateway.spool.diskWait
        let still = vigil.look(
            gateway.lanes.map { lane in
                LaneVigil.Look(
                    name: lane.options.name,
                    progress: lane.progress.reading,
                    isStopped: lane.status.isStopped
                )
            },
            diskIsStalled: wait.map { $0 >= LaneVigil.slowDisk } ?? false,
            limit: limit,
            at: now
        )
        let facts = gateway.stateFacts(still: still)
        gateway.watch.look(at: facts)
        herald.tell()
        guard let service = gateway.service else { return }
        let report = gateway.state
        let before = attendance
        let isHeard = service.send(
            attendance.messages(
                hasStarted: hasStarted(at: now),
                isStuck: still.contains { !$0.isBlocked },
                state: report.state,
                text: Self.text(report, facts),
                at: now
            )
        )
        // Said again in the next round.
        if !isHeard { attendance = before }
    }

    /// True when each input has heard from the broker, or that there is none.
    private func hasStarted(at now: MonotonicInstant) -> Bool {
        if now - begun >= Self.patience { return true }
        return gateway.lanes.allSatisfy { lane in
            let status = lane.status
            if status.lastError != nil || status.pauseReason != nil || status.isHeld { return true }
            let answers = status.subscriptions.values
            return status.isConnected && !answers.isEmpty && !answers.contains(.asked)
        }
    }

    static func text(_ report: GatewayStateReport, _ facts: GatewayFacts) -> String {
        let inputs = facts.inputs.count
        var text = report.state.rawValue
        if let cause = report.causes.first { text += ": \(cause)" }
        text += "; \(inputs) input\(inputs == 1 ? "" : "s"), "
        return text + "\(facts.waiting) row\(facts.waiting == 1 ? "" : "s") waiting"
    }
}

extension Gateway {
    /// Starts the thread that watches the state, which a disk that stands still does not stop.
    func startWatching() -> OwnThread {
        OwnThread { [self] thread in
            var round = WatchRound(gateway: self)
            let ear = WorkSignal().ear()
            while !thread.isStopping {
                round.run()
                ear.wait(atMost: StateWatch.pause)
            }
        }
    }
}
