// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import FoundationEssentials
import Settings
import TestKit
import Testing
import Vocabulary

@testable import Doctor

@Suite struct `What is said of the clock` {
    private func item(
        _ subject: String,
        _ change: (inout ClockFacts) -> Void
    ) -> Checkup.Item? {
        var facts = ClockFacts(isSynchronised: true, errorBound: 0.25, now: 1_800_000_000)
        change(&facts)
        return facts.items.first { $0.subject == subject }
    }

    @Test func `is whether something keeps it right`() {
        #expect(item("clock") { _ in }?.state == .ok)
        #expect(item("clock") { _ in }?.says.contains("250.0 ms") == true)
        #expect(item("clock") { $0.isSynchronised = false }?.state == .warn)
        #expect(item("clock") { $0.isSynchronised = nil }?.state == .unseen)
    }

    @Test func `is whether it jumped`() {
        #expect(item("clock: jump") { _ in }?.state == .ok)
        #expect(item("clock: jump") { $0.jump = -0.2 }?.state == .warn)
        #expect(item("clock: jump") { $0.latestFile = 1_800_000_001 }?.state == .ok)
        let back = item("clock: jump") { $0.latestFile = 1_800_090_000 }
        #expect(back?.state == .fail)
        #expect(back?.says.contains("1500 min") == true)
        #expect(item("clock: date") { $0.now = 86_400 }?.state == .fail)
    }

    @Test func `is how far the clouds' clocks are from it`() {
        #expect(item("clock: far") { $0.clouds = ["far": -400, "near": 2] }?.state == .warn)
        #expect(item("clock: far") { $0.clouds = ["far": -400] }?.says.contains("behind") == true)
        #expect(item("clock: near") { $0.clouds = ["far": -400, "near": 2] } == nil)
    }

    @Test func `is asked of the kernel`() {
        var facts = ClockFacts()
        facts.askKernel()
        // Whatever it says, it says something of a machine that is running.
        #expect(facts.isSynchronised != nil || facts.errorBound == 0)
        #expect(ClockFacts.times().wall > 1_700_000_000)
    }

    @Test func `reads the date of an HTTP answer`() {
        #expect(EndpointJudgement.seconds(ofDate: "Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        for text in ["", "now", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT"] {
            #expect(EndpointJudgement.seconds(ofDate: text) == nil)
        }
    }
}

@Suite struct `What is said of the disk` {
    private func items(_ change: (inout DiskFacts) -> Void) -> [String: Checkup.Item] {
        var facts = DiskFacts(folder: "/data", syncs: [0.0004, 0.0005, 0.02])
        facts.bytesPerSecond = 200e6
        facts.free = 10 << 30
        facts.cap = 1 << 30
        change(&facts)
        return Dictionary(facts.items.map { ($0.subject, $0) }) { first, _ in first }
    }

    @Test func `is what a write costs and what is free`() {
        let found = items { _ in }
        #expect(found["disk"]?.state == .ok)
        #expect(found["disk"]?.says.contains("takes 0.5 ms, 20.0 ms at worst") == true)
        #expect(found["disk: space"]?.state == .ok)
        #expect(found.count == 2)
    }

    @Test func `names what is too slow, and what is too fast to be true`() {
        #expect(items { $0.syncs = [0.2] }["disk"]?.state == .warn)
        #expect(items { $0.syncs = [0.000_005] }["disk"]?.remedy?.contains("before") == true)
        #expect(items { $0.bytesPerSecond = 300_000 }["disk"]?.state == .warn)
    }

    @Test func `names what cannot hold a spool`() {
        #expect(items { $0.isMemory = true }["disk: kind"]?.state == .fail)
        #expect(items { $0.isRemote = true }["disk: kind"]?.state == .fail)
        #expect(items { $0.failure = "no" }["disk"]?.state == .fail)
        #expect(items { $0.free = 1 << 20 }["disk: space"]?.state == .fail)
        #expect(items { $0.free = 512 << 20 }["disk: space"]?.state == .warn)
        let large = items {
            $0.free = 512 << 20
            $0.used = 700 << 20
        }
        #expect(large["disk: space"]?.state == .ok)
        #expect(items { $0.freeFiles = 3 }["disk: files"]?.state == .warn)
    }

    @Test func `is no failure where only another user may look`() {
        let found = items {
            $0.failure = "Permission denied"
            $0.owner = "sluice"
            $0.syncs = []
        }
        #expect(found["disk"]?.state == .unseen)
        #expect(found["disk"]?.remedy?.contains("sudo -u sluice sluice doctor") == true)
        #expect(found["disk: space"]?.state == .ok)
        let place = SecretReference(.file("/nowhere/at/all"))
        #expect(SecretJudgement(key: "token_file", secret: place).item.state == .fail)
        let item = SecretJudgement(key: "token_file", secret: place, owner: "sluice").item
        #expect(item.state == .unseen)
    }

    @Test func `is measured, and leaves nothing behind`() throws {
        let name = "doctor-\(UInt64.random(in: 0...(.max)))"
        let folder = FileManager.default.temporaryDirectory.path + "/" + name
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let facts = DiskFacts.measured(spool: folder + "/spool.sqlite", cap: 1 << 30)
        #expect(facts.failure == nil)
        #expect(!facts.syncs.isEmpty && facts.syncs == facts.syncs.sorted())
        #expect(facts.free > 0 && facts.used == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        #expect(DiskFacts.measured(spool: folder + "/none/spool.sqlite", cap: 1).failure != nil)
    }
}

@Suite struct `What is said of a certificate` {
    @Test(arguments: [
        (0.0, 300.0, Checkup.State.ok), (0, 20, .warn), (0, -3, .fail), (2, 300, .fail),
    ])
    func `is how long it holds`(start: Double, days: Double, state: Checkup.State) {
        let facts = CertificateFacts(subject: "c", daysUntilStart: start, days: days)
        #expect(facts.item.state == state)
        #expect(facts.item.figures?["days_left"] == days)
    }

    @Test func `is why it does not read`() {
        #expect(CertificateFacts(file: "/nowhere.pem", subject: "c").item.state == .fail)
        #expect(CertificateFacts(der: [1, 2, 3], subject: "c").item.state == .fail)
    }

    @Test func `takes the blocks out of a file with other text`() {
        let text = """
            subject=CN
            -----BEGIN CERTIFICATE-----
            AAAA
            -----END CERTIFICATE-----
            -----BEGIN PRIVATE KEY-----
            BBBB
            -----END PRIVATE KEY-----
            -----BEGIN CERTIFICATE-----
            CCCC
            """
        #expect(
            CertificateFacts.blocks(text) == [
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
            ]
        )
    }
}

@Suite struct `What is said of an endpoint` {
    private let options = EndpointOptions(name: "central", url: "https://c.example", model: "m")

    @Test func `is how fast it is ready`() {
        let item = EndpointJudgement.item(
            "e",
            EndpointProbe(isReady: true, status: 200, latency: .milliseconds(12)),
            options
        )
        #expect(item.state == .ok && item.says == "ready in 12.0 ms")
        let slow = EndpointProbe(isReady: true, status: 200, latency: .milliseconds(1_200))
        #expect(EndpointJudgement.item("e", slow, options).state == .warn)
    }

    @Test(arguments: [(401, "auth"), (404, "model's name"), (500, "server runs")])
    func `is what to do about its status`(status: Int, word: String) {
        let probe = EndpointProbe(isReady: false, status: status, failure: "status")
        let item = EndpointJudgement.item("e", probe, options)
        #expect(item.state == .fail)
        #expect(item.remedy?.contains(word) == true)
    }

    @Test func `is why nothing answers`() async {
        var options = options
        options.url = "http://127.0.0.1:1"
        let probe = await EndpointProbe.look(at: options, time: ManualClock())
        #expect(!probe.isReady && probe.failure?.hasPrefix("connect") == true)
    }
}
