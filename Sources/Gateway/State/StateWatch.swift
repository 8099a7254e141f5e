// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Logging
import Synchronization
import Vocabulary

/// Looks at the gateway four times a second, and says what state it is in: status, topic, metrics, log (G6).
///
/// On a thread of its own, so that a disk that stands still does not silence it.
final class StateWatch: Sendable {
    private struct Shown {
        var machine: GatewayState.StateMachine
        var since: WallTime
        var facts = GatewayFacts()
        var disk = DiskFacts()
        var diskSeen: MonotonicInstant?
    }

    static let pause = Interval.milliseconds(250)
    private static let diskPause = Interval.seconds(5)

    private let time: any TimeSource
    private let logger: Logger
    private let meters: StateMeters
    // Moved on by the watch's thread, read by whoever reports.
    private let shown: Mutex<Shown>

    init(time: any TimeSource, metrics: any MetricsFactory, logger: Logger) {
        self.time = time
        self.logger = logger
        meters = StateMeters(metrics)
        shown = Mutex(Shown(machine: .init(at: time.now), since: time.wallTime))
        meters.show(.healthy)
    }

    /// The state now, with what explains it; any thread.
    var report: GatewayStateReport {
        let (shown, now) = (shown.withLock { $0 }, time.now)
        let states = shown.machine.entered
        var report = GatewayStateReport(
            state: shown.machine.state,
            since: shown.since.rfc3339,
            seconds: (now - shown.machine.since).seconds,
            causes: Self.causes(of: states, shown.facts),
            costs: shown.facts.costs(of: states),
            remedy: shown.facts.remedy(of: shown.machine.state),
            also: Array(states.dropFirst())
        )
        if report.causes.isEmpty, report.state != .healthy {
            report.causes = ["it has just passed, and is watched for a moment yet"]
        }
        return report
    }

    /// Why these states hold, each reason once: a full spool is a low one too.
    static func causes(of states: [GatewayState], _ facts: GatewayFacts) -> [String] {
        var told: Set<String> = []
        return states.flatMap { facts.causes(of: $0) }.filter { told.insert($0).inserted }
    }

    /// The disk under `path`, looked at now and then.
    func disk(under path: String) -> DiskFacts {
        let now = time.now
        let known = shown.withLock { shown -> DiskFacts? in
            guard let seen = shown.diskSeen, now - seen < Self.diskPause else { return nil }
            return shown.disk
        }
        if let known { return known }
        let disk = DiskFacts(under: path)
        shown.withLock { ($0.disk, $0.diskSeen) = (disk, now) }
        return disk
    }

    /// One look; answers the change when the state is another one now.
    @discardableResult
    func look(at facts: GatewayFacts) -> GatewayState.StateMachine.Change? {
        let (now, wall) = (time.now, time.wallTime)
        let change = shown.withLock { shown in
            shown.facts = facts
            let change = shown.machine.advance(facts, at: now)
            if change != nil { shown.since = wall }
            return change
        }
        let report = report
        meters.show(report.state, seconds: report.seconds, change: change)
        if let change { log(change, report) }
        return change
    }

    private func log(_ change: GatewayState.StateMachine.Change, _ report: GatewayStateReport) {
        var metadata: Logger.Metadata = [
            "from": "\(change.from.rawValue)",
            "after": "\(GatewayFacts.span(change.lasted))",
        ]
        guard report.state != .healthy else {
            return logger.notice("state: healthy", metadata: metadata)
        }
        metadata["cause"] = "\(report.causes.joined(separator: "; "))"
        metadata["cost"] = "\(report.costs.joined(separator: "; "))"
        metadata["remedy"] = "\(report.remedy ?? "")"
        logger.log(
            level: report.state.isReady ? .warning : .error,
            "state: \(report.state.rawValue)",
            metadata: metadata
        )
    }
}
