// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Spool
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `A site key` {
    private let key = SiteKey(bytes: Array(0..<32))
    private let identity = Array("4/17 n 1".utf8)

    @Test func `gives the same reading the same id, in every run`() {
        let id = key.decisionID(identity: identity, index: 0, policy: "press")
        #expect(
            SiteKey(bytes: Array(0..<32)).decisionID(
                identity: identity,
                index: 0,
                policy: "press"
            ) == id
        )
        #expect(id.description == "257310d2594c9e54ad83ce34f8025409")
    }

    @Test func `gives another id for another identity, index, policy or site`() {
        let other = SiteKey(bytes: Array(1..<33))
        let ids = [
            key.decisionID(identity: identity, index: 0, policy: "press"),
            key.decisionID(identity: identity + [0], index: 0, policy: "press"),
            key.decisionID(identity: identity, index: 1, policy: "press"),
            key.decisionID(identity: identity, index: 0, policy: "press2"),
            other.decisionID(identity: identity, index: 0, policy: "press"),
        ]
        #expect(Set(ids).count == ids.count)
    }

    @Test func `does not confuse where the identity ends and the policy begins`() {
        let left = key.decisionID(identity: Array("ab".utf8), index: 0, policy: "c")
        let right = key.decisionID(identity: Array("a".utf8), index: 0, policy: "bc")
        #expect(left != right)
    }

    @Test func `tells attempts at one payload on two topics apart`() {
        let one = key.attemptKey(topic: "a", payload: Array("bc".utf8))
        #expect(key.attemptKey(topic: "a", payload: Array("bc".utf8)) == one)
        #expect(key.attemptKey(topic: "ab", payload: Array("c".utf8)) != one)
    }

    @Test func `is made of fresh bytes`() {
        let bytes = SiteKey.freshBytes()
        #expect(bytes.count == 32)
        #expect(SiteKey.freshBytes() != bytes)
    }
}

@Suite struct `Device clocks` {
    @Test func `take a short lag for the time a reading has been under way`() {
        var clocks = DeviceClocks()
        func spent(_ lag: Interval, device: String) -> (spent: Interval, isSuspect: Bool) {
            clocks.spent(lag, device: device)
        }
        let first = spent(.milliseconds(30), device: "a")
        #expect(first.spent == .milliseconds(30))
        #expect(!first.isSuspect)
        #expect(spent(.milliseconds(400), device: "a").spent == .milliseconds(400))
    }

    @Test func `find a clock that runs behind suspect, once, and count from its offset`() {
        var clocks = DeviceClocks()
        func spent(_ lag: Interval, device: String) -> (spent: Interval, isSuspect: Bool) {
            clocks.spent(lag, device: device)
        }
        let first = spent(.seconds(3_600), device: "a")
        #expect(first.spent == .zero)
        #expect(first.isSuspect)
        let second = spent(.seconds(3_600) + .milliseconds(50), device: "a")
        #expect(second.spent == .milliseconds(50))
        #expect(!second.isSuspect)
    }

    @Test func `find a clock that runs ahead suspect and spend nothing on it`() {
        var clocks = DeviceClocks()
        func spent(_ lag: Interval, device: String) -> (spent: Interval, isSuspect: Bool) {
            clocks.spent(lag, device: device)
        }
        let first = spent(.zero - .seconds(5), device: "a")
        #expect(first.spent == .zero)
        #expect(first.isSuspect)
        let second = spent(.zero - .milliseconds(4_900), device: "a")
        #expect(second.spent == .milliseconds(100))
    }

    @Test func `trust a clock once a small lag was seen`() {
        var clocks = DeviceClocks()
        func spent(_ lag: Interval, device: String) -> (spent: Interval, isSuspect: Bool) {
            clocks.spent(lag, device: device)
        }
        #expect(spent(.seconds(10), device: "a").isSuspect)
        #expect(spent(.milliseconds(20), device: "a").spent == .milliseconds(20))
        #expect(spent(.seconds(3), device: "a").spent == .seconds(3))
    }

    @Test func `keep devices apart, and no more of them than they may`() {
        var clocks = DeviceClocks(capacity: 2)
        func spent(_ lag: Interval, device: String) -> (spent: Interval, isSuspect: Bool) {
            clocks.spent(lag, device: device)
        }
        #expect(spent(.seconds(60), device: "a").isSuspect)
        #expect(!spent(.milliseconds(1), device: "b").isSuspect)
        #expect(!spent(.seconds(60), device: "a").isSuspect)
        _ = spent(.milliseconds(1), device: "c")
        // All were forgotten to make room.
        #expect(spent(.seconds(60), device: "a").isSuspect)
    }
}

@Suite struct `Crash recovery` {
    private func message(isDuplicate: Bool) -> Message {
        Message(
            topic: Topic(name: "t", index: 0, generation: 0),
            payload: 0..<0,
            qualityOfService: 1,
            isRetained: false,
            isDuplicate: isDuplicate
        )
    }

    @Test func `suspects what the broker sends again after an unclean exit`() {
        var recovery = CrashRecovery(isActive: true)
        func suspects(isDuplicate: Bool) -> Bool {
            recovery.suspects(message(isDuplicate: isDuplicate))
        }
        recovery.connected(afterUncleanExit: true)
        #expect(suspects(isDuplicate: true))
        #expect(!suspects(isDuplicate: false))
    }

    @Test(arguments: [(false, true), (true, false), (false, false)])
    func `suspects nothing after a clean exit`(isActive: Bool, afterUncleanExit: Bool) {
        var recovery = CrashRecovery(isActive: isActive)
        func suspects(isDuplicate: Bool) -> Bool {
            recovery.suspects(message(isDuplicate: isDuplicate))
        }
        recovery.connected(afterUncleanExit: afterUncleanExit)
        #expect(!suspects(isDuplicate: true))
    }

    @Test func `suspects nothing before a connection, nor after the run's first one`() {
        var recovery = CrashRecovery(isActive: true)
        func suspects(isDuplicate: Bool) -> Bool {
            recovery.suspects(message(isDuplicate: isDuplicate))
        }
        #expect(!suspects(isDuplicate: true))
        recovery.connected(afterUncleanExit: false)
        recovery.connected(afterUncleanExit: true)
        #expect(!suspects(isDuplicate: true))
    }

    @Test func `ends with the first burst of copies`() {
        var recovery = CrashRecovery(isActive: true)
        func suspects(isDuplicate: Bool) -> Bool {
            recovery.suspects(message(isDuplicate: isDuplicate))
        }
        recovery.connected(afterUncleanExit: true)
        var suspected = 0
        for _ in 0..<2_000 where suspects(isDuplicate: true) { suspected += 1 }
        #expect(suspected == 1_024)
    }

    @Test func `takes a message for poison when it has ended the process three times`() {
        // The end before the first counted beginning is the first of the three.
        #expect(!CrashRecovery.isPoison(begun: 1))
        #expect(!CrashRecovery.isPoison(begun: 2))
        #expect(CrashRecovery.isPoison(begun: 3))
    }
}

@Suite struct `A route table` {
    @Test func `gives every policy that a topic matches, with its captures`() throws {
        var table = RouteTable(policies: [
            try policy("one", match: "plant/+line/press"),
            try policy("two", match: "plant/#rest"),
            try policy("three", match: "other/+x"),
        ])
        let found = table.matches(of: Topic(name: "plant/4/press", index: 2, generation: 0))
        #expect(found.map(\.policy) == [0, 1])
        #expect(found.map(\.captures) == [["4"], ["4/press"]])
        let none = table.matches(of: Topic(name: "office", index: 0, generation: 0))
        #expect(none.isEmpty)
    }

    @Test func `forgets what it knew of a number when the topics are numbered anew`() throws {
        var table = RouteTable(policies: [try policy("one", match: "plant/+line/press")])
        let none = table.matches(of: Topic(name: "office", index: 0, generation: 0))
        #expect(none.isEmpty)
        let renumbered = Topic(name: "plant/4/press", index: 0, generation: 1)
        let found = table.matches(of: renumbered)
        #expect(found.map(\.captures) == [["4"]])
    }
}

@Suite struct `A policy board` {
    @Test func `swaps the set as a whole and numbers its editions`() throws {
        let board = PolicyBoard(digest: "d1", policies: [try bound("a", "1"), try bound("b", "1")])
        #expect(board.editionNumber == 1)
        board.replace(digest: "d2", policies: [try bound("a", "2")])
        #expect(board.editionNumber == 2)
        #expect(board.edition.number == 2)
        #expect(board.edition.digest == "d2")
        #expect(board.edition.policies.map(\.policy.name) == ["a"])
    }

    @Test func `remembers the version that a row was decided under`() throws {
        let old = try bound("a", "1")
        let board = PolicyBoard(digest: "d1", policies: [old])
        let new = try bound("a", "2")
        board.replace(digest: "d2", policies: [new])
        let version = old.policy.version
        #expect(version != new.policy.version)
        #expect(board.policy(named: "a", version: version)?.policy.version == version)
        #expect(board.policy(named: "a", version: "never")?.policy.version == new.policy.version)
        #expect(board.policy(named: "b", version: version) == nil)
    }

    @Test func `finishes under a policy that is gone what was decided under it`() throws {
        let old = try bound("a", "1")
        let board = PolicyBoard(digest: "d1", policies: [old])
        board.replace(digest: "d2", policies: [])
        #expect(board.policy(named: "a", version: old.policy.version)?.policy.name == "a")
        #expect(board.policy(named: "a", version: "never") == nil)
    }

    @Test func `forgets the oldest versions beyond its bound`() throws {
        let all = try (0..<260).map { try bound("a", "\($0)") }
        let board = PolicyBoard(digest: "d", policies: [all[0]])
        for next in all.dropFirst() { board.replace(digest: "d", policies: [next]) }
        func isKnown(_ index: Int) -> Bool {
            let version = all[index].policy.version
            return board.policy(named: "a", version: version)?.policy.version == version
        }
        #expect(!isKnown(0))
        #expect(!isKnown(2))
        #expect(isKnown(3))
        #expect(isKnown(259))
    }

    private func bound(_ name: String, _ mark: String) throws -> BoundPolicy {
        BoundPolicy(
            policy: try policy(name, match: "t", comment: mark),
            models: [],
            paces: [],
            skipsLate: false,
            endpoints: [],
            outboundTensors: [],
            actions: []
        )
    }
}

/// A policy that acts on everything and has no action.
private func policy(_ name: String, match: String, comment: String = "") throws -> Policy {
    let text = """
        # \(comment)
        policy: \(name)
        match: { topic: "\(match)" }
        reading: { device: all, sequence: n, fields: { force: force } }
        otherwise: { route: drop }
        """
    let (set, diagnostics) = PolicySet.read(
        [(path: "\(name)/policy.yaml", bytes: Array(text.utf8))],
        surroundings: Surroundings(models: [:], endpoints: [], inputs: ["#"])
    )
    return try #require(set?.policies.first, "\(diagnostics.map { $0.rendered() })")
}
