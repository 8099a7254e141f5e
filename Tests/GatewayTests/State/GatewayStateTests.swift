// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Ingest
import Spool
import Testing
import Vocabulary

@testable import Gateway

/// G6: nothing degrades silently.
@Suite struct GatewayStateTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    /// A gateway whose facts a test changes, and whose clock it moves.
    private struct Watched {
        var facts = GatewayStateTests.wellFacts
        var machine = GatewayState.StateMachine(at: GatewayStateTests.start)
        var now = GatewayStateTests.start

        /// Looks every quarter second for `seconds`; answers the states it came to.
        @discardableResult
        mutating func pass(_ seconds: Double) -> [GatewayState] {
            var seen: [GatewayState] = []
            for _ in 0..<max(1, Int(seconds * 4)) {
                if let change = machine.advance(facts, at: now) { seen.append(change.to) }
                now = now + .milliseconds(250)
            }
            return seen
        }
    }

    private static var wellFacts: GatewayFacts {
        var facts = GatewayFacts()
        facts.endpoints = ["central": .online]
        facts.inputs = [.init(name: "a")]
        facts.storage.free = 10 << 30
        facts.storage.growth = 1 << 30
        return facts
    }

    private static func pause(_ kind: SettleFailure.Kind) -> SettleFailure {
        SettleFailure(kind: kind, message: "the disk said so")
    }

    private static func still(blocked: Bool) -> LaneVigil.Stillness {
        .init(name: "a", length: .seconds(20), isBlocked: blocked)
    }

    /// Each condition by what brings it about.
    private static let troubles: [(GatewayState, @Sendable (inout GatewayFacts) -> Void)] = [
        (.slowUplink, { $0.endpoints["central"] = .slow }),
        (.slowUplink, { $0.endpoints["other"] = .offline }),
        (.offline, { $0.endpoints["central"] = .offline }),
        (.offline, { $0.failing["central"] = .init(reason: "401") }),
        (.slowUplink, { $0.failing["central"] = .init(reason: "404", isPartial: true) }),
        (
            .slowUplink,
            { facts in
                facts.endpoints["other"] = .online
                facts.failing["central"] = .init(reason: "401")
            }
        ),
        (
            .offline,
            { facts in
                facts.endpoints["other"] = .offline
                facts.failing["central"] = .init(reason: "401")
            }
        ),
        (.offline, { $0.inputs[0].isConnected = false }),
        (.offline, { $0.isPublishing = false }),
        (.storageLow, { $0.storage.fill = 0.8 }),
        (.storageLow, { $0.storage.headRoom = .seconds(6 * 3_600) }),
        (.storageLow, { $0.storage.free = 100 << 20 }),
        (.storageFull, { $0.storage.fill = 0.99 }),
        (.storageFull, { $0.storage.failure = SpoolError(.diskFull, "no room") }),
        (.storageFull, { $0.storage.failure = SpoolError(.capReached, "no room") }),
        (.storageFull, { $0.inputs[0].pause = pause(.storageFull) }),
        (.paused, { $0.inputs[0].pause = pause(.storageBroken) }),
        (.paused, { $0.inputs[0].stillness = still(blocked: true) }),
        (.paused, { $0.inputs[0].stillness = still(blocked: false) }),
        (.paused, { $0.storage.wait = .seconds(10) }),
        (.paused, { $0.storage.salvaging = SalvageProgress(done: 1, of: 9) }),
        (.paused, { $0.storage.failure = SpoolError(.broken, "the disk failed") }),
        (.paused, { $0.orderedPause = "paused by an operator" }),
        (.readOnly, { $0.storage.isReadOnly = true }),
    ]

    @Test(arguments: troubles.indices)
    func `G6: each trouble is a state that says why, what it costs and what to do`(_ index: Int) {
        let (state, trouble) = Self.troubles[index]
        var watched = Watched()
        #expect(watched.pass(20) == [])
        trouble(&watched.facts)
        #expect(watched.pass(6).last == state)
        #expect(!watched.facts.causes(of: state).isEmpty)
        #expect(watched.facts.remedy(of: state) != nil)
        watched.facts = Self.wellFacts
        #expect(state != .paused || watched.facts.remedy(of: state)?.hasPrefix("nothing: ") == true)
        #expect(watched.pass(9) == [])
        #expect(watched.pass(2) == [.healthy])
    }

    @Test func `a broker that is away for a moment is no state`() {
        var watched = Watched()
        watched.facts.inputs[0].isConnected = false
        #expect(watched.pass(4) == [])
        watched.facts.inputs[0].isConnected = true
        watched.pass(1)
        watched.facts.inputs[0].isConnected = false
        #expect(watched.pass(4) == [])
        #expect(watched.pass(2) == [.offline])
    }

    @Test func `inputs that stay away by order are paused, and not offline`() {
        var watched = Watched()
        watched.facts.inputs[0].isConnected = false
        watched.facts.inputs[0].isHeld = true
        watched.facts.orderedPause = "paused by an operator"
        #expect(watched.pass(20).last == .paused)
        #expect(watched.facts.costs(of: [.paused]).contains { $0.contains("stand still") })
    }

    @Test func `an uplink that is not known yet changes nothing`() {
        var watched = Watched()
        watched.facts.endpoints["central"] = .probing
        #expect(watched.pass(60) == [])
        watched.facts.endpoints["central"] = .offline
        #expect(watched.pass(6) == [.offline])
        // One answer is no uplink yet.
        watched.facts.endpoints["central"] = .probing
        #expect(watched.pass(60) == [])
        watched.facts.endpoints["central"] = .online
        #expect(watched.pass(11) == [.healthy])
        watched.facts.endpoints = ["central": .slow]
        #expect(watched.pass(1) == [.slowUplink])
        watched.facts.endpoints = ["central": .probing]
        #expect(watched.pass(60) == [])
    }

    @Test func `a gateway without endpoints is not offline`() {
        var watched = Watched()
        watched.facts.endpoints = [:]
        #expect(watched.pass(60) == [])
    }

    @Test func `between its two limits a condition stays as it was`() {
        var watched = Watched()
        watched.facts.storage.fill = 0.79
        #expect(watched.pass(60) == [])
        watched.facts.storage.fill = 0.81
        #expect(watched.pass(2) == [.storageLow])
        watched.facts.storage.fill = 0.71
        #expect(watched.pass(60) == [])
        watched.facts.storage.fill = 0.995
        #expect(watched.pass(1) == [.storageFull])
        watched.facts.storage.fill = 0.96
        #expect(watched.pass(60) == [])
        watched.facts.storage.fill = 0.9
        #expect(watched.pass(11) == [.storageLow])
        watched.facts.storage.fill = 0.69
        #expect(watched.pass(11) == [.healthy])
    }

    @Test func `head-room and the disk have two limits as well`() {
        var watched = Watched()
        watched.facts.storage.headRoom = .seconds(5 * 3_600)
        #expect(watched.pass(2) == [.storageLow])
        watched.facts.storage.headRoom = .seconds(11 * 3_600)
        #expect(watched.pass(60) == [])
        watched.facts.storage.headRoom = .seconds(13 * 3_600)
        #expect(watched.pass(11) == [.healthy])
        watched.facts.storage.free = 100 << 20
        #expect(watched.pass(2) == [.storageLow])
        watched.facts.storage.free = 150 << 20
        #expect(watched.pass(60) == [])
        watched.facts.storage.free = nil
        #expect(watched.pass(11) == [.healthy])
    }

    @Test func `calm begins anew when a trouble comes back`() {
        var watched = Watched()
        watched.facts.inputs[0].pause = Self.pause(.storageBroken)
        watched.pass(1)
        for _ in 0..<5 {
            watched.facts.inputs[0].pause = nil
            #expect(watched.pass(8) == [])
            watched.facts.inputs[0].pause = Self.pause(.storageBroken)
            #expect(watched.pass(1) == [])
        }
        #expect(watched.machine.state == .paused)
    }

    @Test func `rows that are dropped are a full spool; those of earlier runs are not`() {
        var watched = Watched()
        watched.facts.storage.dropped = 500
        #expect(watched.pass(5) == [])
        watched.facts.storage.dropped = 501
        #expect(watched.pass(1) == [.storageFull])
        #expect(watched.pass(9) == [])
        #expect(watched.pass(2) == [.healthy])
    }

    @Test func `the gravest condition is the state, and the others are named`() {
        var watched = Watched()
        for (_, trouble) in Self.troubles { trouble(&watched.facts) }
        watched.pass(6)
        #expect(watched.machine.state == .readOnly)
        #expect(
            watched.machine.entered == [.readOnly, .storageFull, .paused, .storageLow, .offline]
        )
        #expect(GatewayState.allCases == GatewayState.allCases.sorted())
    }

    @Test func `a change says where from and after how long`() {
        var machine = GatewayState.StateMachine(at: Self.start)
        var facts = Self.wellFacts
        facts.storage.isReadOnly = true
        let later = Self.start + .seconds(90)
        #expect(
            machine.advance(facts, at: later)
                == .init(from: .healthy, to: .readOnly, lasted: .seconds(90))
        )
        #expect(machine.since == later)
    }

    @Test func `only states in which messages are made safe are ready`() {
        let ready = GatewayState.allCases.filter(\.isReady)
        #expect(ready == [.healthy, .slowUplink, .offline, .storageLow])
    }
}
