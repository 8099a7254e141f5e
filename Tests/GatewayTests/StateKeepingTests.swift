// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import TestKit
import Testing
import Vocabulary

@testable import Gateway

@Suite struct StateKeepingTests {
    private func folder() -> String {
        FileManager.default.temporaryDirectory.path + "/state-\(UInt64.random(in: 0...(.max)))"
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path)))
    }

    // MARK: - The file

    @Test func `a file gives back what was written`() throws {
        let file = StateFile(folder: folder(), name: "a")
        #expect(file.read() == .none)
        for state in [[], [1, 2, 3], [UInt8](repeating: 7, count: 300_000)] {
            try file.write(state)
            #expect(file.read() == .state(state))
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: file.folder)
        #expect(names == ["a"])
    }

    @Test func `a file that was damaged anywhere is not taken`() throws {
        let file = StateFile(folder: folder(), name: "a")
        try file.write(Array(0..<200))
        let whole = try bytes(file.path)
        func damage(_ bytes: [UInt8]) throws -> Bool {
            try Data(bytes).write(to: URL(filePath: file.path))
            if case .damaged = file.read() { return true }
            return false
        }
        for place in stride(from: 0, to: whole.count, by: 7) {
            var other = whole
            other[place] ^= 1
            #expect(try damage(other))
        }
        for length in [0, 1, 14, 40, whole.count - 1] {
            #expect(try damage(Array(whole[..<length])))
        }
        #expect(try damage(whole + [0]))
        #expect(try !damage(whole))
    }

    @Test func `a folder that cannot be made is a failure with a reason`() throws {
        let place = folder()
        try Data([1]).write(to: URL(filePath: place))
        #expect(throws: StateFile.Failure.self) {
            try StateFile(folder: place + "/below", name: "a").write([1])
        }
        #expect(throws: StateFile.Failure.self) {
            try StateFile(folder: place, name: "a").write([1])
        }
    }

    @Test func `names of lanes cannot leave the folder`() {
        #expect(StateKeeper.fileName("presses-2_a.b") == "presses-2_a.b")
        #expect(StateKeeper.fileName("../up") == "%2E.%2Fup")
        #expect(StateKeeper.fileName("ä") == "%C3%A4")
        #expect(StateKeeper.fileName("A Z") == "A%20Z")
    }

    // MARK: - The pace

    @Test func `writes about every minute when something has changed`() {
        var now = MonotonicInstant(nanoseconds: 0)
        var pace = StatePace(now: now, changes: 0)
        #expect(!pace.isDue(at: now, changes: 5))
        now = now + .seconds(61)
        #expect(!pace.isDue(at: now, changes: 0))
        #expect(pace.isDue(at: now, changes: 5))
        pace.handedOn(at: now, changes: 5, bytes: 1_000)
        #expect(!pace.isDue(at: now + .seconds(59), changes: 9))
        #expect(pace.isDue(at: now + .seconds(60), changes: 9))
        #expect(!pace.isDue(at: now + .seconds(60), changes: 5))
        #expect(!pace.isNews(5))
        pace.failed()
        #expect(pace.isDue(at: now + .seconds(60), changes: 5))
        // 30 MiB at 64 KiB a second.
        pace.handedOn(at: now, changes: 9, bytes: 30 << 20)
        #expect(!pace.isDue(at: now + .seconds(479), changes: 10))
        #expect(pace.isDue(at: now + .seconds(480), changes: 10))
    }

    // MARK: - The lane

    private static let model = """
        kind: detector
        detector: { type: robust-z, feature: force, threshold: 0.99 }
        labels: [fine, fault]
        """

    private static var files: [String: String] {
        var files = Presses.files
        files["models/pulse/1/model.yaml"] = model
        return files
    }

    private func path(_ rig: Rig, in folder: String) -> MessagePath {
        var parts = rig.parts
        parts.stateFolder = folder
        return MessagePath(name: "presses", role: .lane, parts: parts) {}
    }

    /// What is said of a reading of `force`, after `path` has decided it.
    private func said(
        _ rig: Rig,
        _ path: MessagePath,
        _ number: Int,
        force: Double
    ) throws -> String {
        path.receive(rig.burst(Presses.payload(number, force: force)))
        try path.settle()
        return try rig.logged().last?.label ?? "-"
    }

    @Test func `what detectors learned outlives the run`() throws {
        let folder = folder()
        let rig = try Rig(Self.files)
        let first = path(rig, in: folder)
        for number in 1...200 { _ = try said(rig, first, number, force: Double(number % 5)) }
        #expect(try said(rig, first, 201, force: 90) == "fault")
        first.closing()
        #expect(rig.parts.states.all["presses"]?.savedBytes != nil)
        let second = path(rig, in: folder)
        #expect(rig.parts.states.all["presses"]?.restoredBytes != nil)
        #expect(try said(rig, second, 202, force: 95) == "fault")
        #expect(try said(rig, second, 203, force: 2) == "fine")
        // Without it, the first readings are all the same to it.
        let third = path(rig, in: self.folder())
        #expect(try said(rig, third, 204, force: 95) == "fine")
        #expect(rig.parts.states.warnings.isEmpty)
    }

    @Test func `a minute of learning is what a crash can cost`() throws {
        let folder = folder()
        let rig = try Rig(Self.files)
        let first = path(rig, in: folder)
        for number in 1...100 { _ = try said(rig, first, number, force: Double(number % 5)) }
        first.rested()
        let file = StateFile(folder: folder, name: "presses")
        #expect(file.read() == .none)
        rig.clock.advance(by: .seconds(61))
        first.rested()
        // The thread that writes ends before another look is taken.
        for _ in 0..<2_000 where file.read() == .none { usleep(1_000) }
        #expect(file.read() != .none)
        // No `closing`: the process ended.
        let second = path(rig, in: folder)
        #expect(try said(rig, second, 101, force: 90) == "fault")
    }

    @Test func `a file that does not read is set aside and nothing stops`() throws {
        let folder = folder()
        let rig = try Rig(Self.files)
        let file = StateFile(folder: folder, name: "presses")
        try file.write([9, 9, 9])
        let first = path(rig, in: folder)
        #expect(file.read() == .none)
        #expect(access(file.path + ".damaged", F_OK) == 0)
        #expect(rig.parts.states.warnings.isEmpty)
        #expect(rig.parts.states.all["presses"]?.text.contains("was set aside") == true)
        #expect(try said(rig, first, 1, force: 1) == "fine")
        first.closing()
        #expect(file.read() != .none)
    }

    @Test func `a part that does not read begins anew and is told of once`() throws {
        let folder = folder()
        let rig = try Rig(Self.files)
        let first = path(rig, in: folder)
        for number in 1...50 { _ = try said(rig, first, number, force: Double(number % 5)) }
        first.closing()
        let file = StateFile(folder: folder, name: "presses")
        guard case .state(var state) = file.read() else {
            Issue.record("nothing was kept")
            return
        }
        // Inside the detector's own part: what is around it reads.
        state[state.count - 20] ^= 0xFF
        state[state.count - 13] = 0x7F
        try file.write(state)
        let second = path(rig, in: folder)
        #expect(rig.parts.states.refusedParts == 0)
        #expect(try said(rig, second, 51, force: 95) == "fine")
        for _ in 0..<2 {
            second.rested()
            #expect(rig.parts.states.refusedParts == 1)
        }
        #expect(
            rig.parts.states.all["presses"]?.text.contains("1 parts did not read") == true
        )
        rig.parts.showCounts()
        #expect(rig.count("sluice_infer_refused_states_total") == 1)
    }

    @Test func `a disk that does not take it is a warning`() throws {
        let place = folder()
        try Data([1]).write(to: URL(filePath: place))
        let rig = try Rig(Self.files)
        let path = path(rig, in: place + "/below")
        _ = try said(rig, path, 1, force: 1)
        path.closing()
        #expect(rig.parts.states.warnings.first?.contains("is not kept") == true)
    }

    @Test func `a new edition of the policies goes on with what was learned`() throws {
        let rig = try Rig(Self.files)
        let path = path(rig, in: folder())
        for number in 1...200 { _ = try said(rig, path, number, force: Double(number % 5)) }
        let edition = rig.board.edition
        rig.board.replace(digest: "new", policies: edition.policies)
        #expect(try said(rig, path, 201, force: 90) == "fault")
    }
}
