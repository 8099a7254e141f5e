// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import TestKit
import Testing
import Vocabulary

@testable import Spool

@Suite struct `Leasing by policy` {
    let place: TemporarySpool
    let spool: SpoolStore

    init() throws {
        place = try TemporarySpool()
        spool = try place.open()
    }

    private func take(_ policies: PolicySelection, _ limit: Int = 10) throws -> [Int64] {
        try spool.lease([.pending], of: policies, limit: limit).map(\.id)
    }

    @Test func `gives the rows of the policies asked for, in their order of arrival`() throws {
        let first = try spool.put(1, .pending, device: "a", policy: "p")
        let other = try spool.put(2, .pending, device: "a", policy: "q")
        let second = try spool.put(1, .pending, device: "b", policy: "r")
        let third = try spool.put(1, .pending, device: "a", policy: "p")
        #expect(try take(.only(["p", "r", "none"])) == first + second + third)
        #expect(try take(.only(["p", "r"])).isEmpty)
        #expect(try take(.only([])).isEmpty)
        #expect(try take(.only(["q"])) == other)
    }

    @Test func `gives what nobody claims, whatever policies it is of`() throws {
        let gone = try spool.put(1, .pending, device: "a", policy: "gone")
        let claimed = try spool.put(1, .pending, device: "a", policy: "claimed")
        let free = try spool.put(1, .pending, device: "b", policy: "free")
        #expect(try take(.except(["claimed"])) == gone + free)
        #expect(try take(.except([])) == claimed)
    }

    @Test func `keeps the order of one policy's readings of a device, and of no other's`() throws {
        let slow = try spool.put(2, .pending, device: "a", policy: "slow")
        let other = try spool.put(1, .pending, device: "a", policy: "other")
        #expect(try take(.only(["slow"]), 1) == [slow[0]])
        #expect(try take(.only(["slow"])).isEmpty)
        #expect(try take(.only(["other"])) == other)
        try spool.acknowledge([slow[0]])
        #expect(try take(.only(["slow"])) == [slow[1]])
    }

    @Test func `leaves rows of other kinds to whoever asks for them`() throws {
        let question = try spool.put(1, .deferral, device: "a", policy: "p")
        #expect(try take(.only(["p"])).isEmpty)
        #expect(try spool.lease([.deferral], of: .only(["q"]), limit: 5).map(\.id) == question)
    }

    @Test func `takes no more large rows than fit, but one`() throws {
        let ids = try spool.put(4, .pending, device: "a", policy: "p", bytes: 1_000)
        func lease(_ bytes: Int) throws -> [Int64] {
            try spool.lease([.pending], of: .only(["p"]), limit: 9, bytes: bytes).map(\.id)
        }
        #expect(try lease(10) == [ids[0]])
        try spool.acknowledge([ids[0]])
        #expect(try lease(1_500) == [ids[1], ids[2]])
    }

    @Test func `knows how many rows a policy has, over drops, restarts and kills`() throws {
        let ids = try spool.put(3, .pending, device: "a", policy: "p")
        try spool.put(2, .pending, device: "a", policy: "q")
        #expect(spool.pending(of: ["p"]) == 3)
        #expect(spool.pending(of: ["p", "q", "r"]) == 5)
        #expect(spool.pendingPolicies == ["p", "q"])
        try spool.acknowledge([ids[0]])
        try spool.drop([ids[1]], .purged)
        #expect(spool.pending(of: ["p"]) == 1)
        let again = try place.copyAfterKill().open()
        #expect(again.pending(of: ["p"]) == 1)
        #expect(again.pending(of: ["q"]) == 2)
    }
}
