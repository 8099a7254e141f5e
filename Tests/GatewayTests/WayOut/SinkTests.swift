// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import FoundationEssentials
import Spool
import Sync
import TestKit
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `A policy with sinks` {
    private static let sinks = """

        sinks:
          lake: { kind: https-ndjson, url: "http://127.0.0.1:9/lines" }
          bus: { kind: mqtt, url: "mqtt://127.0.0.1:1884", topic: "out/{site}/{policy}" }
        """

    private func files(_ use: String, send: String = "[force]") throws -> [String: String] {
        var files = Presses.files
        files["sluice.yaml"] = Presses.configuration + Self.sinks
        files["Policies/press/policy.yaml"] = try Presses.policy
            .replacing(
                once: "privacy: { send: [force] }",
                with: "privacy: { send: \(send) }\n\(use)"
            )
        return files
    }

    private func lines(_ rig: Rig) throws -> [[String: Any]] {
        try rig.rows().filter { $0.kind == .delivery }.map { row in
            let body = try #require(try rig.spool.row(row.id)?.body)
            let json = try DeliveryRow(body: body).json
            #expect(!json.contains(UInt8(ascii: "\n")))
            return ["json": String(decoding: json, as: UTF8.self), "row": row]
        }
    }

    private func told(_ rig: Rig) throws -> [String] {
        try lines(rig).compactMap { $0["json"] as? String }
    }

    @Test func `keeps a line of every decision that is not dropped, with the batch (G1)`() throws {
        let rig = try Rig(try files("sinks: [lake]"))
        let path = rig.path()
        let wants = ["act", "quiet", "later", "never", "soon"]
        for (index, want) in wants.enumerated() {
            path.receive(rig.burst(Presses.payload(index + 1, want: want)))
        }
        try path.settle()
        let told = try told(rig)
        #expect(told.count == 4)
        #expect(told.allSatisfy { $0.contains(#""type":"io.sluice.decision""#) })
        #expect(told.contains { $0.contains(#""route":"defer""#) })
        #expect(told.contains { $0.contains(#""standing":"provisional""#) })
        let row = try #require(try rig.rows().first { $0.kind == .delivery })
        #expect(row.key.hasSuffix(":0:sink/lake"))
        #expect(row.priority == .low)
        #expect(try rig.spool.lease([.delivery], of: .only(["lake"]), limit: 9).count == 4)
    }

    @Test func `lets nothing out that its allow-list does not name (G8)`() throws {
        let rig = try Rig(try files("sinks: [{ sink: lake, send: both }]"))
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        try path.settle()
        let line = try #require(try told(rig).first)
        #expect(line.contains(#""fields":{"force":3.5}"#))
        for secret in ["S-77", "4711", "plant/4", #""device""#, #""subject""#] {
            #expect(!line.contains(secret), "\(line)")
        }
    }

    @Test func `tells device and texts where it may`() throws {
        let rig = try Rig(
            try files(
                "sinks: [{ sink: lake, send: readings }]",
                send: "[force, serial, device, line]"
            )
        )
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        try path.settle()
        let line = try #require(try told(rig).first)
        #expect(line.contains(#""type":"io.sluice.reading""#))
        #expect(line.contains(#""fields":{"force":3.5,"serial":"S-77"}"#))
        #expect(line.contains(#""subject":"4""#))
        #expect(!line.contains(#""rule""#))
    }

    @Test func `sends later words as lines of their own, and readings once`() async throws {
        let rig = try Rig(
            try files("sinks: [lake, { sink: bus, send: readings }]")
        )
        let row = try rig.deferred()
        #expect(try told(rig).count == 2)
        let change = await rig.desk.conclude(row, verdict("fault"))
        #expect(change.inserts.map(\.kind) == [.delivery])
        #expect(change.inserts.first?.key.hasSuffix(":1:sink/lake") == true)
        let body = try #require(change.inserts.first?.body)
        let json = String(decoding: try DeliveryRow(body: body).json, as: UTF8.self)
        #expect(json.contains(#""standing":"corrected""#))
        #expect(json.contains(#""verdict":{"label":"fault""#))
    }

    @Test func `costs a policy without sinks nothing`() throws {
        let rig = try Rig()
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        try path.settle()
        #expect(try rig.rows().isEmpty)
    }

    @Test(arguments: [
        ("sinks: [lakes]", "[force]", "unknown sink `lakes`"),
        ("sinks: [lake, lake]", "[force]", "`lake` is named twice"),
        ("sinks: [{ sink: lake, send: all }]", "[force]", "`send`"),
        ("sinks: [{ send: both }]", "[force]", "`sink` is missing"),
    ]) func `is refused where it names what is not there`(
        use: String,
        send: String,
        message: String
    ) throws {
        let folder = try SiteFolder(try files(use, send: send))
        let shown = folder.shown(folder.check().diagnostics)
        #expect(shown.contains { $0.contains(message) }, "\(shown)")
    }

    @Test(arguments: [
        ("lake: { kind: ftp }", "`kind`"),
        ("lake: { kind: https-ndjson }", "`url` is missing"),
        ("lake: { kind: https-ndjson, url: \"ftp://x\" }", "https://"),
        ("lake: { kind: https-ndjson, url: \"https://a:b@x\" }", "may not stand in the address"),
        ("bus: { kind: mqtt, url: \"mqtt://h\" }", "`topic` is missing"),
        ("bus: { kind: mqtt, url: \"mqtt://h\", topic: \"a/{what}\" }", "`{what}` is not known"),
        ("bus: { kind: mqtt, url: \"mqtt://h\", topic: \"a/+\" }", "may not hold"),
        (
            "hub: { kind: mqtt, dialect: azure-iot-hub, url: \"mqtts://h\", client_id: d }",
            "nothing says who we are"
        ),
        (
            "aws: { kind: mqtt, dialect: aws-iot-core, url: \"mqtts://h\", topic: t }",
            "`client_id` is missing"
        ),
        ("lake: { kind: https-ndjson, url: \"https://x\", speed: 1 }", "speed"),
    ]) func `has a configuration that is checked`(sink: String, message: String) throws {
        var files = Presses.files
        files["sluice.yaml"] = Presses.configuration + "\nsinks:\n  \(sink)\n"
        let folder = try SiteFolder(files)
        let shown = folder.shown(folder.check().diagnostics)
        #expect(shown.contains { $0.contains(message) }, "\(shown)")
    }

    @Test(arguments: [("200KiB/s", 204_800), ("1MiB/s", 1 << 20)])
    func `reads how fast the backlog may leave`(text: String, bytes: Int) throws {
        var files = Presses.files
        files["sluice.yaml"] = Presses.configuration + "\nsync: { rate: \(text) }\n"
        let site = try #require(try SiteFolder(files).check().site)
        #expect(site.configuration.drainRate == bytes)
    }

    @Test(arguments: ["200KiB", "fast", "1B/s"])
    func `takes no rate that is none`(text: String) throws {
        var files = Presses.files
        files["sluice.yaml"] = Presses.configuration + "\nsync: { rate: \(text) }\n"
        let folder = try SiteFolder(files)
        #expect(folder.shown(folder.check().diagnostics).contains { $0.contains("`rate`") })
    }
}
