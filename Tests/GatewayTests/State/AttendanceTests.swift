// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Ingest
import Systemd
import Testing
import Vocabulary

@testable import Gateway

@Suite struct AttendanceTests {
    private static let start = MonotonicInstant(nanoseconds: 5_000_000_000)

    private func round(
        _ attendance: inout Attendance,
        after seconds: Int64,
        hasStarted: Bool = true,
        isStuck: Bool = false,
        state: GatewayState = .healthy,
        text: String = "fine"
    ) -> [ServiceMessage] {
        attendance.messages(
            hasStarted: hasStarted,
            isStuck: isStuck,
            state: state,
            text: text,
            at: Self.start + .seconds(seconds)
        )
    }

    @Test func `ready is said once, when it has started`() {
        var attendance = Attendance(watchdog: nil)
        #expect(round(&attendance, after: 0, hasStarted: false) == [.status("fine")])
        #expect(round(&attendance, after: 1) == [.ready])
        #expect(round(&attendance, after: 2) == [])
    }

    @Test func `the watchdog is fed four times in its interval, and by no lane that hangs`() {
        var attendance = Attendance(watchdog: .seconds(60))
        var fed: [Int64] = []
        for second in Int64(0)..<60 {
            let isStuck = (20..<40).contains(second)
            let said = round(&attendance, after: second, isStuck: isStuck)
            if said.contains(.watchdog) { fed.append(second) }
        }
        #expect(fed == [0, 15, 40, 55])
    }

    @Test func `a change of state is told at once, other words now and then`() {
        var attendance = Attendance(watchdog: nil)
        _ = round(&attendance, after: 0)
        #expect(round(&attendance, after: 1, text: "2 rows") == [])
        #expect(round(&attendance, after: 1, state: .offline, text: "off") == [.status("off")])
        #expect(round(&attendance, after: 10, state: .offline, text: "off 2") == [])
        #expect(round(&attendance, after: 11, state: .offline, text: "off 2") == [.status("off 2")])
        #expect(round(&attendance, after: 60, state: .offline, text: "off 2") == [])
    }

    @Test func `a lane that hangs is found, one that waits for the disk is not stuck`() {
        var vigil = LaneVigil()
        func look(
            _ count: UInt64,
            _ seconds: Int64,
            blocked: Bool = false,
            disk: Bool = false
        )
            -> [LaneVigil.Stillness]
        {
            let progress = LaneProgress.Reading(count: count, isBlocked: blocked)
            return vigil.look(
                [.init(name: "a", progress: progress)],
                diskIsStalled: disk,
                limit: .seconds(30),
                at: Self.start + .seconds(seconds)
            )
        }
        #expect(look(1, 0) == [])
        #expect(look(2, 29) == [])
        #expect(look(2, 58) == [])
        #expect(look(2, 59) == [.init(name: "a", length: .seconds(30), isBlocked: false)])
        // The same while the spool's disk stands still, and told of sooner.
        #expect(
            look(2, 60, disk: true) == [.init(name: "a", length: .seconds(31), isBlocked: true)]
        )
        #expect(look(3, 61, disk: true) == [])
        #expect(look(3, 70, disk: true) == [])
        #expect(
            look(3, 71, disk: true) == [.init(name: "a", length: .seconds(10), isBlocked: true)]
        )
        #expect(look(3, 80, blocked: true) == [])
        #expect(look(3, 90, blocked: true).first?.isBlocked == true)
        let gone = LaneVigil.Look(
            name: "a",
            progress: .init(count: 3, isBlocked: true),
            isStopped: true
        )
        let later = Self.start + .seconds(900)
        #expect(vigil.look([gone], diskIsStalled: false, limit: .seconds(30), at: later) == [])
    }

    @Test func `what the manager is told fits a line`() {
        var facts = GatewayFacts()
        facts.inputs = [.init(name: "a")]
        facts.waiting = 1
        var report = GatewayStateReport(
            state: .healthy,
            since: "",
            seconds: 0,
            causes: [],
            costs: [],
            also: []
        )
        #expect(WatchRound.text(report, facts) == "healthy; 1 input, 1 row waiting")
        report.state = .offline
        report.causes = ["no endpoint answers: `central`", "another"]
        facts.inputs.append(.init(name: "b"))
        facts.waiting = 20
        #expect(
            WatchRound.text(report, facts)
                == "offline: no endpoint answers: `central`; 2 inputs, 20 rows waiting"
        )
    }
}
