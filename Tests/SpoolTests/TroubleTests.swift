// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import Glibc
import TestKit
import Testing
import Vocabulary

@testable import Spool

@Suite struct `A disk in trouble` {
    /// A file system of one megabyte and a half, which only the superuser can mount.
    static let canMount = getuid() == 0

    @Test(.enabled(if: canMount))
    func `full: nothing is half stored, and it goes on once there is room (G1)`()
        throws
    {
        let mount = try SmallDisk(bytes: 1_500_000)
        let place = try TemporarySpool(parent: mount.path)
        let spool = try place.open()
        var stored: [Int64] = []
        let error = #expect(throws: SpoolError.self) {
            while true { stored += try spool.put(5, bytes: 20_000) }
        }
        #expect(error?.code == .diskFull && error?.isRetryable == true)
        #expect(throws: SpoolError.self) { try spool.put(5, bytes: 20_000) }
        guard case .failing(let condition) = spool.condition else {
            Issue.record("a full disk does not show")
            return
        }
        #expect(condition.code == .diskFull)
        #expect(try spool.rows(limit: .max).map(\.id) == stored)
        try mount.grow(to: 20_000_000)
        #expect(throws: Never.self) { try spool.probe() }
        #expect(spool.condition == .good)
        stored += try spool.put(50, bytes: 20_000)
        #expect(try spool.take([.deferral], 10_000) == stored)
        try spool.close()
        #expect(try place.open().take([.deferral], 10_000) == stored)
    }

    @Test(.enabled(if: canMount)) func `read-only: refuses to start, and nothing is changed`()
        throws
    {
        let mount = try SmallDisk(bytes: 3_000_000)
        let place = try TemporarySpool(parent: mount.path)
        let ids = try place.open().put(5)
        try mount.setReadOnly(true)
        let error = #expect(throws: SpoolError.self) { try place.open() }
        #expect(error?.code == .broken)
        #expect(error?.description.contains("ead-only") == true)
        try mount.setReadOnly(false)
        #expect(try place.open().take([.deferral]) == ids)
    }

    @Test(.enabled(if: canMount)) func `full from the start: starts once there is room`()
        throws
    {
        let mount = try SmallDisk(bytes: 100_000)
        let place = try TemporarySpool(parent: mount.path)
        let error = #expect(throws: SpoolError.self) { try place.open() }
        #expect(error?.code == .diskFull)
        try mount.grow(to: 3_000_000)
        #expect(try place.open().put(5).count == 5)
    }

    @Test(.enabled(if: canMount)) func `full: what leaves makes room again`() throws {
        let mount = try SmallDisk(bytes: 3_000_000)
        let place = try TemporarySpool(parent: mount.path)
        let spool = try place.open()
        let ballast = mount.path + "/ballast"
        var stored: [Int64] = try spool.put(40, bytes: 20_000)
        try Data(repeating: 1, count: 1_000_000).write(to: URL(filePath: ballast))
        #expect(throws: SpoolError.self) {
            while true { stored += try spool.put(5, bytes: 20_000) }
        }
        unlink(ballast)
        try spool.acknowledge(Array(stored.prefix(20)))
        stored.removeFirst(20)
        stored += try spool.put(5, bytes: 20_000)
        #expect(try spool.take([.deferral], 10_000) == stored)
    }

    @Test func `failing writes: told as broken, rolled back, and healed (G1)`() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            let place = try TemporarySpool()
            let spool = try place.open()
            var stored = try spool.put(10, bytes: 1000)
            try limitFiles(to: 200_000)
            let error = #expect(throws: SpoolError.self) {
                while true { stored += try spool.put(10, bytes: 1000) }
            }
            #expect(error?.code == .broken)
            #expect(try spool.rows(limit: .max).map(\.id) == stored)
            try limitFiles(to: nil)
            stored += try spool.put(10, bytes: 1000)
            #expect(spool.condition == .good)
            let copy = try place.copyAfterKill().open()
            #expect(try copy.take([.deferral], 10_000) == stored)
        }
    }

    @Test func `one bad change in a group fails alone`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let taken = try spool.put(1)[0]
        let outcomes = Outcomes()
        let ids = spool.reserveIDs(20)
        // One job holds the thread, so that what follows is one group.
        let gate = DispatchGate()
        spool.committer.add(
            ClosureJob(pages: 0) { _, _ in
                gate.wait()
            } completion: { _ in
            }
        )
        gate.waitUntilReached()
        for id in ids {
            var change = SpoolChange()
            let isBad = id == ids.lowerBound + 7
            change.inserts = [
                NewEntry(
                    id: isBad ? taken : id,
                    key: "group-\(id)",
                    kind: .action,
                    priority: .normal,
                    device: "d\(id % 3)",
                    policy: "p",
                    policyVersion: "v",
                    body: []
                )
            ]
            spool.submit(change) { outcomes.add(id, $0) }
        }
        gate.open()
        try spool.probe()
        #expect(outcomes.failed == [ids.lowerBound + 7])
        #expect(outcomes.count == 20)
        #expect(try spool.take([.action]) == ids.filter { $0 != ids.lowerBound + 7 })
        #expect(try spool.stats().rows == 20)
    }

    @Test func `killed at any moment, it has what it said it had (G1)`() async throws {
        for round in 0..<4 {
            let place = try TemporarySpool()
            let path = place.path
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, round = round as Int] in
                let logger = NoLog.logger
                let spool = try SpoolStore.open(path: path, time: ManualClock(), logger: logger)
                let journal = open(path + ".said", O_WRONLY | O_CREAT | O_APPEND, 0o600)
                for turn in 0..<(40 + round * 37) {
                    let ids = try spool.put(3, device: "d\(turn % 4)", bytes: turn * 40)
                    var lines = ids.map { "+\($0)\n" }.joined()
                    if turn % 3 == 0, let first = try spool.take([.deferral], 1).first {
                        try spool.acknowledge([first])
                        lines += "-\(first)\n"
                    }
                    _ = lines.withCString { write(journal, $0, strlen($0)) }
                }
                // The kill falls into whatever the other thread is doing then.
                let last = spool.reserveIDs(1000)
                for id in last {
                    var change = SpoolChange()
                    change.finishedAttempts = [AttemptKey(high: 0, low: UInt64(id))]
                    change.meta = [.init(key: "noise", value: [UInt8](repeating: 1, count: 3000))]
                    spool.submit(change) { _ in }
                }
                kill(getpid(), SIGKILL)
            }
            var wanted: Set<Int64> = []
            let said = try String(contentsOf: URL(filePath: path + ".said"), encoding: .utf8)
            for line in said.split(separator: "\n") {
                guard let id = Int64(line.dropFirst()) else { continue }
                if line.hasPrefix("+") { wanted.insert(id) } else { wanted.remove(id) }
            }
            let again = try place.open()
            #expect(again.wasUncleanExit)
            #expect(Set(try again.rows(limit: .max).map(\.id)) == wanted)
            #expect(wanted.count > 50)
        }
    }
}

/// Limits how long any file of this process may get, or lifts the limit.
private func limitFiles(to bytes: UInt?) throws {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(1), &limit)
    limit.rlim_cur = bytes.map(rlim_t.init) ?? limit.rlim_max
    try #require(setrlimit(__rlimit_resource_t(1), &limit) == 0)
}
