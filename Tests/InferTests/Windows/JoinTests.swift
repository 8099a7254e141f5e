// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Infer

@Suite struct JoinTests {
    private func bench(_ missing: WindowSpec.Missing) throws -> WindowBench {
        let join = WindowSpec.Join(on: ["vib"], tolerance: .milliseconds(500), missing: missing)
        return try WindowBench(
            .of(.count(1), join: join),
            ["last(vib)", "last(temp)", "one_hot(state, idle, running)"],
            fields: fields("vib", "temp", "state")
        )
    }

    private let vibration: [FieldValue] = [.number(1), .absent, .absent]

    @Test func `joins the last values of other topics`() throws {
        var bench = try bench(.fail)
        #expect(try bench.take([.absent, .number(20), .absent], at: 100) == nil)
        #expect(try bench.take([.absent, .absent, .text("running")], at: 200) == nil)
        #expect(try bench.take([.absent, .number(21), .absent], at: 300) == nil)
        #expect(try bench.take(vibration, at: 700) == [1, 21, 0, 1])
        #expect(bench.counts == .init(gathered: 3))
    }

    @Test func `keeps the devices apart`() throws {
        var bench = try bench(.skip)
        _ = try bench.take([.absent, .number(20), .text("idle")], at: 0, device: "b")
        #expect(try bench.take(vibration, at: 0, device: "a") == nil)
        #expect(try bench.take(vibration, at: 0, device: "b") == [1, 20, 1, 0])
        #expect(bench.counts.unjoined == 1)
    }

    @Test func `fails where nothing has come, or not for longer than the tolerance`() throws {
        var bench = try bench(.fail)
        #expect(throws: FeatureFailure(reason: "field `temp` has not come yet")) {
            try bench.take(vibration, at: 0)
        }
        _ = try bench.take([.absent, .number(20), .text("idle")], at: 100)
        let reason = "field `temp` has not come for longer than the tolerance"
        #expect(throws: FeatureFailure(reason: reason)) { try bench.take(vibration, at: 601) }
        #expect(try bench.take(vibration, at: 600) == [1, 20, 1, 0])
        #expect(bench.counts.unjoined == 2)
    }

    @Test func `holds the last value, however old, where it may`() throws {
        var bench = try bench(.hold)
        _ = try bench.take([.absent, .number(20), .text("idle")], at: 100)
        #expect(try bench.take(vibration, at: 1_000_000) == [1, 20, 1, 0])
    }

    @Test func `goes on after one value whose time was far ahead`() throws {
        var bench = try bench(.hold)
        _ = try bench.take([.absent, .number(77), .text("idle")], at: 10_000_000)
        for step in 1...DeviceWindow.lateLimit {
            let value = FieldValue.number(20 + Double(step))
            _ = try bench.take([.absent, value, .absent], at: 100 * step)
        }
        #expect(try bench.take(vibration, at: 1_700)?[1] == 36)
        _ = try bench.take([.absent, .number(50), .absent], at: 1_800)
        #expect(try bench.take(vibration, at: 1_900)?[1] == 50)
    }

    @Test func `puts what it joins in the reading, for rules and for the cloud`() throws {
        var bench = try bench(.fail)
        _ = try bench.take([.absent, .number(20), .text("idle")], at: 0)
        var batch = readings([vibration]) { _ in "a" }
        _ = try bench.take(&batch)
        #expect(batch[0, 1] == .number(20))
        #expect(batch[0, 2] == .text("idle"))
    }
}
