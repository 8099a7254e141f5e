// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `What is seen of versions` {
    private let one = ModelReference(name: "wear", version: "1")
    private let five = ModelReference(name: "wear", version: "5")
    private let watch = VersionWatch()

    private func id(_ number: UInt64) -> DecisionID { DecisionID(high: 7, low: number) }

    @Test func `counts the cloud's word once, however often it comes`() {
        watch.verdict("fault", on: id(1), local: one, said: "fault")
        watch.verdict("fault", on: id(2), local: one, said: "worn")
        watch.verdict("fault", on: id(2), local: one, said: "worn")
        // A reading that no model had an opinion on says nothing of any.
        watch.verdict("fault", on: id(3), local: nil, said: nil)
        watch.verdict("fault", on: id(4), local: one, said: nil)
        #expect(watch.tallies[one]?.verdicts == 2)
        #expect(watch.tallies[one]?.disagreements == 1)
    }

    @Test func `holds a shadow against the cloud, whichever speaks first`() {
        watch.expectShadows()
        watch.shadowed([(id(1), "fault"), (id(2), "worn")], by: five)
        watch.verdict("fault", on: id(1), local: one, said: "fault")
        watch.verdict("fault", on: id(3), local: one, said: "fault")
        watch.shadowed([(id(3), "worn")], by: five)
        #expect(watch.tallies[five]?.verdicts == 2)
        #expect(watch.tallies[five]?.disagreements == 1)
        #expect(watch.tallies[one]?.verdicts == 2)
    }

    @Test func `forgets versions that are gone, and what nobody came back for`() {
        watch.compared(five, count: 10, differing: 3)
        watch.compared(five, count: 0, differing: 0)
        #expect(watch.tallies[five]?.differing == 3)
        watch.keep([one])
        #expect(watch.tallies[five] == nil)
        for number in 0..<10_000 { watch.shadowed([(id(UInt64(number)), "worn")], by: five) }
        watch.verdict("worn", on: id(0), local: one, said: "worn")
        watch.verdict("worn", on: id(9_999), local: one, said: "worn")
        #expect(watch.tallies[five]?.verdicts == 1)
    }

    @Test func `compares labels, values and objects, and not what says nothing`() {
        func finding(_ outcome: Finding.Outcome) -> Finding {
            Finding(model: one, outcome: outcome, latency: .zero)
        }
        func label(_ text: String) -> Finding {
            finding(.classification(.init(label: text, score: 1, confidence: nil)))
        }
        let failed = finding(.failed(reason: "no"))
        #expect(label("a").differs(from: label("a")) == false)
        #expect(label("a").differs(from: label("b")) == true)
        #expect(finding(.value(100)).differs(from: finding(.value(104))) == false)
        #expect(finding(.value(100)).differs(from: finding(.value(106))) == true)
        #expect(finding(.value(0)).differs(from: finding(.value(0))) == false)
        let two = [
            Finding.Detection(label: "b", score: 1, box: []),
            Finding.Detection(label: "a", score: 1, box: []),
        ]
        let turned = finding(.detections(two.reversed()))
        #expect(finding(.detections(two)).differs(from: turned) == false)
        #expect(finding(.detections(two)).differs(from: finding(.detections([]))) == true)
        #expect(failed.differs(from: failed) == nil)
        #expect(failed.differs(from: label("a")) == true)
        #expect(finding(.skipped(reason: "late")).differs(from: label("a")) == nil)
    }
}
