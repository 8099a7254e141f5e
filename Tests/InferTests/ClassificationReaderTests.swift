// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Infer

@Suite struct ClassificationReaderTests {
    private func outcome(
        _ numbers: [Float],
        labels: [String] = ["a", "b", "c"],
        source: ClassificationReader.Source = .probabilities,
        method: ClassificationReader.Method = .max
    ) -> Finding.Outcome {
        let reading = ClassificationReader(labels: labels, source: source, method: method)
        return numbers.withUnsafeBufferPointer { reading.outcome($0) }
    }

    private func classification(_ outcome: Finding.Outcome) -> Finding.Classification? {
        Finding(
            model: ModelReference(name: "m", version: "1"),
            outcome: outcome,
            latency: .zero
        ).classification
    }

    @Test func `reads label, score, margin and the three confidences`() throws {
        let numbers: [Float] = [0.25, 0.5, 0.25]
        let found = try #require(classification(outcome(numbers)))
        #expect(found.label == "b")
        #expect(found.score == 0.5)
        #expect(found.margin == 0.25)
        #expect(found.confidence == 0.5)
        #expect(found.probabilities == [0.25, 0.5, 0.25])
        #expect(classification(outcome(numbers, method: .margin))?.confidence == 0.25)
        let entropy = try #require(classification(outcome(numbers, method: .entropy))?.confidence)
        #expect(abs(entropy - (1 - 1.5 / 1.584_962_5)) < 1e-6)
        #expect(classification(outcome([1, 0, 0], method: .entropy))?.confidence == 1)
    }

    @Test func `turns logits into probabilities`() throws {
        let found = try #require(classification(outcome([0, 1_000, 0], source: .logits)))
        #expect(found.label == "b")
        #expect(found.score == 1)
        let one = try #require(
            classification(outcome([-2], labels: ["no", "yes"], source: .logits))
        )
        #expect(one.label == "no")
        #expect(abs(one.probabilities[1] - 0.119_202_9) < 1e-6)
    }

    @Test func `reads one number as the second of two labels`() throws {
        let found = try #require(classification(outcome([0.75], labels: ["no", "yes"])))
        #expect(found.label == "yes")
        #expect(found.probabilities == [0.25, 0.75])
    }

    @Test(arguments: ClassificationReader.Source.allCases)
    func `reads many rows as it reads each by itself`(
        source: ClassificationReader.Source
    ) throws {
        let reading = ClassificationReader(
            labels: ["a", "b", "c"],
            source: source,
            method: .entropy
        )
        // More than share one array, with one that is no opinion among them.
        let rows: [[Float]] = (0..<400).map { index in
            let part = Float(index % 97) / 97
            return index == 300 ? [.nan, 0, 1] : [part, (1 - part) / 2, (1 - part) / 2]
        }
        var found: [(row: Int, outcome: Finding.Outcome)] = []
        var shares: [[Double]] = []
        rows.flatMap { $0 }.withUnsafeBufferPointer { numbers in
            reading.outcomes(numbers, rows: rows.count, sharing: &shares) {
                found.append(($0, $1))
            }
        }
        #expect(found.map(\.row) == Array(rows.indices))
        // The next run must not write over what is kept of this one.
        [Float](repeating: 1, count: 3 * rows.count).withUnsafeBufferPointer { numbers in
            reading.outcomes(numbers, rows: rows.count, sharing: &shares) { _, _ in }
        }
        for (numbers, (row, outcome)) in zip(rows, found) {
            let alone = numbers.withUnsafeBufferPointer { reading.outcome($0) }
            let (one, other) = (classification(outcome), classification(alone))
            #expect((one == nil) == (row == 300))
            #expect(one?.label == other?.label)
            #expect(one?.confidence == other?.confidence)
            #expect(one?.margin == other?.margin)
            #expect(one?.probabilities == other?.probabilities)
        }
    }

    @Test(
        arguments: [[0.1, .nan, 0.2], [0.1, 1.5, 0.2], [-0.5, 0.5, 0.5], [0.5, 0.5]] as [[Float]]
    )
    func `fails what is no probability`(_ numbers: [Float]) {
        guard case .failed = outcome(numbers) else {
            Issue.record("it gave an opinion")
            return
        }
        guard case .failed = outcome([.nan, 1, 1], source: .logits) else {
            Issue.record("it gave an opinion")
            return
        }
    }
}
