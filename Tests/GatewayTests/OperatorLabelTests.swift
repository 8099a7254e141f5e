// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Ingest
import Spool
import TestKit
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `An operator's label` {
    static let id = "000102030405060708090a0b0c0d0e0f"

    @Test func `is read from JSON`() throws {
        let text = #"{"decision_id":"\#(Self.id)","label":"healthy","by":"Ana"}"#
        let label = try OperatorLabel(parsing: Array(text.utf8))
        #expect(label.id.description == Self.id)
        #expect(label.label == "healthy")
        #expect(label.by == "Ana")
    }

    @Test(
        arguments: [
            ("", "no JSON"), ("[]", "JSON object"), ("{\"label\":\"x\"}", "wants `decision_id`"),
            (#"{"decision_id":"12","label":"x"}"#, "32 hexadecimal"),
            (#"{"decision_id":"\#(id)","label":""}"#, "1 to 128 characters"),
            (#"{"decision_id":"\#(id)","label":7}"#, "wants a text"),
            (#"{"decision_id":"\#(id)","label":"a\u0007"}"#, "control characters"),
            (#"{"decision_id":"\#(id)","label":"a","lable":"b"}"#, "unknown member `lable`"),
            (String(repeating: " ", count: 5_000), "4096 bytes at most"),
            (String(repeating: "[", count: 2_000), "no JSON"),
        ]
    )
    func `that is none says what is wrong`(text: String, part: String) throws {
        let error = #expect(throws: OperatorLabel.Malformed.self) {
            try OperatorLabel(parsing: Array(text.utf8))
        }
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }

    @Test func `is in the decision log before it is acknowledged; a bad one is a dead letter`()
        throws
    {
        let rig = try Rig()
        let path = LabelPath(name: "labels", parts: rig.parts)
        let good = #"{"decision_id":"\#(Self.id)","label":"healthy"}"#
        path.receive(rig.burst(good, "nonsense", on: "operators/labels"))
        #expect(path.unsettledSince == rig.clock.now)
        #expect(!path.isComplete)
        try path.settle()
        #expect(path.unsettledSince == nil)
        let line = try #require(try rig.labels().first)
        #expect(line.contains(#""verdict":"operator""#) && line.contains(Self.id))
        let letters = try rig.letters()
        #expect(letters.map(\.code) == ["bad_label"])
        #expect(letters.map(\.input) == ["labels"])
        let id = try #require(try rig.spool.deadLetters(limit: 1).first?.id)
        #expect(try rig.spool.deadLetter(id)?.letter.payload == Array("nonsense".utf8))
        #expect(rig.publisher.topics.isEmpty)
    }
}

@Suite struct `The configuration of labels and audits` {
    private func problems(_ extra: String) throws -> [String] {
        var files = Presses.files
        files["sluice.yaml"] = Presses.configuration + "\n" + extra + "\n"
        let folder = try SiteFolder(files)
        return folder.shown(folder.check().diagnostics.filter { $0.severity == .error })
    }

    @Test func `is read`() throws {
        var files = Presses.files
        files["sluice.yaml"] =
            Presses.configuration + """

                labels: { topic: operators/labels }
                audits: { calls: 30/minute, share: 10% }

                """
        let site = try #require(try SiteFolder(files).check().site)
        #expect(site.configuration.labelTopic == "operators/labels")
        #expect(site.configuration.auditsPerHour == 1_800)
        #expect(site.configuration.spool.auditShare == 0.1)
        let plain = try #require(try SiteFolder(Presses.files).check().site)
        #expect(plain.configuration.auditsPerHour == 100)
        #expect(plain.configuration.spool.auditShare == 0.05)
        #expect(plain.configuration.labelTopic == nil)
    }

    @Test(
        arguments: [
            ("labels: { topic: operators/# }", "no wildcards"),
            ("labels: { topic: plant/4/press }", "reads this topic already"),
            ("labels: {}", "`topic`"),
            ("audits: { calls: 100 }", "100/hour"),
            ("audits: { calls: 5/day }", "an `hour` or a `minute`"),
            ("audits: { share: 60% }", "at most `50%`"),
        ]
    )
    func `is refused with the reason`(text: String, part: String) throws {
        let found = try problems(text)
        #expect(found.count == 1)
        #expect(found.first?.contains(part) == true, "\(found)")
    }
}
