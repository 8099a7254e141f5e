// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Escalate

@Suite struct AnswerPlacesTests {
    private func word(
        _ json: String,
        _ places: AnswerPlaces = AnswerPlaces(),
        labels: [String]? = ["ok", "fault"]
    ) throws -> String {
        let value = try ReplyJSON(parsing: Array(json.utf8))
        do throws(CloudAnswers.Refusal) {
            let answer = try places.answer(in: value, labels: AnswerLabels(names: labels))
            return answer.label + (answer.confidence.map { " \($0)" } ?? "")
        } catch {
            return "refused: \(error.message)"
        }
    }

    @Test(arguments: [
        ("\"fault\"", "fault"), ("1", "fault"), ("[1]", "fault"), ("[\"ok\"]", "ok"),
        ("[0.25,0.75]", "fault 0.75"), ("{\"label\":\"ok\",\"confidence\":0.5}", "ok 0.5"),
        ("{\"probabilities\":[0.75,0.25]}", "ok 0.75"),
        ("{\"label\":0,\"probabilities\":{\"fault\":0.25,\"ok\":0.75}}", "ok 0.75"),
        ("2", "refused: label 2 is none of the endpoint's labels"),
        ("[0.2,0.3,0.5]", "refused: the answer has 3 probabilities, not one a label"),
        ("[[[1]]]", "refused: the answer has no label and no probabilities"),
        ("0.5", "refused: the answer has no label and no probabilities"),
        ("null", "refused: the answer has no label and no probabilities"),
        ("{}", "refused: the answer has no label and no probabilities"),
        ("[]", "refused: the answer has no label and no probabilities"),
    ])
    func `tells an answer by its form`(json: String, answer: String) throws {
        #expect(try word(json) == answer)
    }

    @Test func `any label will do where none are configured`() throws {
        #expect(try word("\"new\"", labels: nil) == "new")
        #expect(try word("7", labels: nil) == "7")
        #expect(try word("[0.1,0.7,0.2]", labels: nil) == "1 0.7")
    }

    @Test func `reads a binary model's one probability`() throws {
        let places = AnswerPlaces(positive: try JSONPointer("/score"))
        #expect(try word("{\"score\":0.75}", places) == "fault 0.75")
        #expect(try word("{\"score\":0.25}", places) == "ok 0.75")
        #expect(try word("{}", places).hasPrefix("refused: a probability"))
    }

    @Test func `takes the labels from the answer where it brings them`() throws {
        let places = AnswerPlaces(
            probabilities: try JSONPointer("/scores"),
            classes: try JSONPointer("/classes")
        )
        let answer = #"{"classes":["fault","ok"],"scores":[0.75,0.25]}"#
        #expect(try word(answer, places) == "fault 0.75")
        let unknown = #"{"classes":["fault","odd"],"scores":[0.75,0.25]}"#
        #expect(try word(unknown, places) == "refused: `odd` is none of the endpoint's labels")
        let short = #"{"classes":["fault"],"scores":[0.75,0.25]}"#
        #expect(try word(short, places).hasPrefix("refused: the answer has 2"))
    }
}
