// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import FoundationEssentials
import Ingest
import Logging
import Spool
import Synchronization
import Telemetry
import TestKit
import Testing
import Vocabulary

@testable import Gateway

@Suite struct StateWatchTests {
    private let clock = ManualClock()
    private let metrics = MetricsRegistry()

    /// Keeps the lines that are logged.
    private final class Lines: Sendable {
        let all = Mutex<[(Logger.Level, String)]>([])
    }

    private struct Keeper: LogHandler {
        let lines: Lines
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            let pairs = (event.metadata ?? [:]).sorted { $0.key < $1.key }
                .map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            lines.all.withLock { $0.append((event.level, "\(event.message) \(pairs)")) }
        }
    }

    private func watch(_ lines: Lines) -> StateWatch {
        StateWatch(
            time: clock,
            metrics: metrics,
            logger: Logger(label: "test") { _ in Keeper(lines: lines) }
        )
    }

    private func value(_ title: String) -> Double? {
        for sample in metrics.samples() where sample.title == title {
            switch sample.reading {
            case .gauge(let value): return value
            case .counter(let count): return Double(count)
            case .timer: return nil
            }
        }
        return nil
    }

    private func state(_ name: String) -> Double? {
        value("sluice_gateway_state{state=\"\(name)\"}")
    }

    @Test func `G6: a state shows in the report, in the metrics and in the log`() {
        let lines = Lines()
        let watch = watch(lines)
        #expect(watch.report.state == .healthy)
        #expect(state("healthy") == 1 && state("read_only") == 0)
        clock.advance(by: .seconds(90))
        var facts = GatewayFacts()
        facts.storage.isReadOnly = true
        facts.waiting = 3
        facts.oldest = .seconds(7_300)
        watch.look(at: facts)
        clock.advance(by: .seconds(30))
        watch.look(at: facts)
        let report = watch.report
        #expect(report.state == .readOnly)
        #expect(report.seconds == 30)
        #expect(report.since == "2023-11-14T22:14:50Z")
        #expect(report.causes == ["the disk under the spool is mounted read-only"])
        #expect(report.costs == ["3 rows wait, the oldest for 2 h"])
        #expect(report.remedy?.hasPrefix("mount the disk writable") == true)
        #expect(state("healthy") == 0 && state("read_only") == 1)
        #expect(value("sluice_gateway_state_seconds") == 30)
        #expect(value("sluice_gateway_state_entries_total{state=\"read_only\"}") == 1)
        let said = lines.all.withLock { $0 }
        #expect(said.count == 1)
        #expect(said.first?.0 == .error)
        #expect(said.first?.1.contains("state: read_only after=90 s cause=the disk") == true)

        facts = GatewayFacts()
        watch.look(at: facts)
        #expect(watch.report.causes == ["it has just passed, and is watched for a moment yet"])
        clock.advance(by: GatewayState.StateMachine.calm)
        watch.look(at: facts)
        #expect(watch.report.state == .healthy)
        #expect(watch.report.causes.isEmpty && watch.report.remedy == nil)
        #expect(lines.all.withLock { $0.last?.1 } == "state: healthy after=40 s from=read_only")
    }

    @Test func `what it costs is said for all that holds`() {
        var facts = GatewayFacts()
        #expect(facts.costs(of: []).isEmpty)
        facts.waiting = 1
        facts.oldest = .seconds(200_000)
        facts.inputs = [
            .init(name: "a", pause: SettleFailure(kind: .storageFull, message: "full")),
            .init(
                name: "b",
                stillness: .init(name: "b", length: .seconds(130), isBlocked: true)
            ),
            .init(name: "c", isConnected: false),
        ]
        facts.endpoints = ["central": .offline]
        facts.isPublishing = false
        #expect(
            facts.costs(of: [.storageFull, .paused, .offline]) == [
                "1 row waits, the oldest for 2 d",
                "inputs stand still: `a`, `b`; the broker keeps their messages",
                "nothing is heard from the broker",
                "actions are kept on disk",
                "rows are dropped to make room, as `when_full` says",
                "questions take their fallback, and wait for the cloud's word",
            ]
        )
        #expect(
            facts.causes(of: .paused) == ["input `b` waits for the disk for 2 min"]
        )
        facts.inputs[1].stillness?.isBlocked = false
        facts.storage.wait = .seconds(9)
        #expect(facts.causes(of: .paused) == ["input `b` has not moved for 2 min"])
        facts.storage.wait = .seconds(10)
        #expect(
            facts.causes(of: .paused).first
                == "the disk under the spool has not answered for 10 s"
        )
        #expect(
            facts.causes(of: .offline) == [
                "the broker cannot be reached by input `c`",
                "the broker cannot be reached for what is published",
                "no endpoint answers: `central`",
            ]
        )
        facts.storage.refuses = true
        #expect(!facts.costs(of: [.storageFull]).contains { $0.contains("dropped") })
    }

    @Test func `storage is low for what is low of it, and a reason is told once`() {
        var facts = GatewayFacts()
        facts.storage.headRoom = .seconds(5 * 3_600)
        #expect(facts.causes(of: .storageLow) == ["at the present rate it is full in 5 h"])
        facts.storage.headRoom = .seconds(100 * 3_600)
        facts.storage.fill = 1
        #expect(facts.causes(of: .storageLow) == ["the spool is 100 % full"])
        #expect(
            StateWatch.causes(of: [.storageFull, .storageLow], facts)
                == ["the spool is 100 % full"]
        )
    }

    @Test func `G6: an endpoint that refuses every question is named with its reason`() {
        var facts = GatewayFacts()
        facts.endpoints = ["a": .online, "b": .online]
        facts.failing = ["a": .init(reason: "does not accept the credentials (401)")]
        #expect(
            facts.causes(of: .slowUplink)
                == ["endpoint `a` answers no question: does not accept the credentials (401)"]
        )
        #expect(facts.remedy(of: .slowUplink)?.contains("`auth`") == true)
        facts.endpoints["b"] = .offline
        #expect(
            facts.causes(of: .offline)
                == ["no endpoint answers: `a` (does not accept the credentials (401)), `b`"]
        )
        #expect(facts.remedy(of: .offline)?.contains("`auth`") == true)
        facts.failing["a"]?.isPartial = true
        #expect(facts.causes(of: .slowUplink).first?.hasPrefix("a model of endpoint `a`") == true)
        #expect(facts.causes(of: .offline).isEmpty)
    }

    @Test func `the topic is told of changes at once, of other words once a minute`() {
        let told = GatewayStateReport(
            state: .offline,
            since: "2026-01-01T00:00:00Z",
            seconds: 1,
            causes: ["c"],
            costs: ["1 row waits"],
            also: []
        )
        var now = told
        #expect(StateHerald.isNews(now, after: nil, waited: nil))
        now.seconds = 5
        #expect(!StateHerald.isNews(now, after: told, waited: .seconds(600)))
        now.costs = ["2 rows wait"]
        #expect(!StateHerald.isNews(now, after: told, waited: .seconds(59)))
        #expect(StateHerald.isNews(now, after: told, waited: .seconds(60)))
        now = told
        now.also = [.slowUplink]
        #expect(StateHerald.isNews(now, after: told, waited: .zero))
        now = told
        now.state = .paused
        #expect(StateHerald.isNews(now, after: told, waited: .zero))
        let body = String(decoding: StateHerald.body(told, site: "s"), as: UTF8.self)
        #expect(
            body == #"{"site":"s","state":"offline","since":"2026-01-01T00:00:00Z","#
                + #""causes":["c"],"costs":["1 row waits"],"also":[]}"#
        )
    }

    @Test func `a disk is asked for its room`() {
        let disk = DiskFacts(under: FileManager.default.temporaryDirectory.path + "/x")
        #expect((disk.free ?? 0) > 0)
        #expect(!disk.isReadOnly)
        #expect(DiskFacts(under: "/nowhere/at/all").free == nil)
    }
}
