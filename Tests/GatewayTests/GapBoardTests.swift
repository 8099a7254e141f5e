// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Testing
import Vocabulary

@testable import Gateway

@Suite struct GapBoardTests {
    private let now = WallTime(nanoseconds: 0)

    private func opened(
        _ device: String,
        _ after: Int64,
        _ before: Int64
    )
        -> SequenceTracker.GapEvent
    {
        .opened(SequenceGap(device: device, topic: "t", after: after, before: before))
    }

    @Test func `lists gaps by device and counts what is missing (G1)`() {
        let board = GapBoard()
        let new = board.note([opened("a", 1, 5), opened("b", 7, 9)], lane: "l", at: now)
        #expect(new.count == 2)
        let (listed, missing) = board.gaps(of: "l")
        #expect(listed.map(\.gap.device) == ["a", "b"])
        #expect(missing == 4)
        #expect(board.gaps(of: "other").missing == 0)
    }

    @Test func `the same gap by another policy is no second one`() {
        let board = GapBoard()
        _ = board.note([opened("a", 1, 5)], lane: "l", at: now)
        #expect(board.note([opened("a", 1, 5)], lane: "l", at: now) == [])
        #expect(board.gaps(of: "l").missing == 3)
    }

    @Test func `what comes late is not missing any more`() {
        let board = GapBoard()
        _ = board.note([opened("a", 1, 4)], lane: "l", at: now)
        let late = [2, 3].map {
            SequenceTracker.GapEvent.cameLate(device: "a", topic: "t", number: $0)
        }
        _ = board.note([late[0]], lane: "l", at: now)
        #expect(board.gaps(of: "l").listed.map(\.missing) == [1])
        _ = board.note([late[1]], lane: "l", at: now)
        #expect(board.gaps(of: "l").listed == [])
        #expect(board.gaps(of: "l").missing == 0)
    }

    @Test func `devices that count to the end of 64 bits are counted, too (G7)`() {
        let board = GapBoard()
        for device in ["a", "b", "c"] {
            let events = [opened(device, 2, .max), opened(device, .min, .max - 1)]
            #expect(board.note(events, lane: "l", at: now).count == 2)
        }
        #expect(board.gaps(of: "l").missing == .max)
        let late = SequenceTracker.GapEvent.cameLate(device: "a", topic: "t", number: 7)
        _ = board.note([late], lane: "l", at: now)
        #expect(board.gaps(of: "l").missing == .max - 1)
    }

    @Test func `of many gaps the newest are listed and all are counted`() {
        let board = GapBoard()
        for number in 0..<100 {
            _ = board.note([opened("d\(number)", 1, 3)], lane: "l", at: now)
        }
        #expect(board.gaps(of: "l").listed.count == GapBoard.mostListed)
        #expect(board.gaps(of: "l").missing == 100)
    }
}
