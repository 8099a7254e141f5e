// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Escalate

@Suite struct CSVFormTests {
    private func answers(_ body: [UInt8], to count: Int) throws -> [CloudAnswers.Answer] {
        let form = CSVForm(places: AnswerPlaces(), labels: AnswerLabels(names: ["ok", "fault"]))
        let questions = (0..<count).map { question(UInt64($0)) }
        return try form.answers(in: CloudReply(body: body), to: questions).answers
            .map { try $0.get() }
    }

    @Test(arguments: [
        ("0.25,0.75\n", "fault", 0.75), ("[0.75, 0.25]\r\n", "ok", 0.75),
        ("[[1.0, 0]]", "ok", 1), ("\"0.1\", \"0.9\"", "fault", 0.9),
        (" 2.5e-1,7.5e-1 ", "fault", 0.75),
    ])
    func `a line of shares is the label of the largest`(
        line: String,
        label: String,
        share: Double
    ) throws {
        let answers = try answers(Array(line.utf8), to: 1)
        #expect(answers.map(\.label) == [label])
        #expect(answers.map(\.confidence) == [share])
    }

    @Test func `each line answers a question, blank ones aside`() throws {
        let answers = try answers(Array("fault\r\n\r\n 0\n\"ok\"\n".utf8), to: 3)
        #expect(answers.map(\.label) == ["fault", "ok", "ok"])
    }

    @Test(arguments: ["nan,0", "0x1p-1,0.5", "1,inf", "-inf,1", "+0.5,0.5", "1_0,0"])
    func `what is no number as JSON has them is no share`(line: String) {
        #expect(throws: (any Error).self) { try answers(Array(line.utf8), to: 1) }
    }

    @Test func `more lines than questions, fewer, and what is no text are refused`() {
        let bodies = [Array("ok\nok\n".utf8), [], [0x6F, 0x6B, 0xFF]]
        for body in bodies {
            #expect(throws: CallFailure.self) { try answers(body, to: 1) }
        }
    }
}
