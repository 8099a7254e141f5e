// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Trace
import Vocabulary

/// The words of those who know better, by the decision's id.
///
/// Found in a first pass over the trace, because a verdict comes after its decision. Takes about 64
/// bytes a verdict and nothing for a decision: what a trace of any length costs in memory.
struct VerdictIndex {
    /// One word.
    struct Word {
        /// Where its label is kept.
        fileprivate var place: Int32
        /// From asking to the answer; negative for a person's.
        fileprivate var nanoseconds: Int64
        var isLate: Bool
        var isPersons: Bool

        /// From asking to the answer; nil where nobody was asked.
        var latency: Interval? {
            nanoseconds < 0 ? nil : Interval(nanoseconds: nanoseconds)
        }
    }

    private var words: [DecisionID: Word] = [:]
    /// What persons said: the last word counts.
    private var persons: [DecisionID: Int32] = [:]
    private var labels: [String] = []
    private var places: [String: Int32] = [:]

    /// How many decisions have a word of the cloud's.
    var count: Int { words.count }

    /// Takes in one verdict; of the cloud's words on a decision the first counts.
    mutating func add(_ verdict: TraceVerdict) {
        let place = place(of: verdict.label)
        guard verdict.source != .operator else {
            persons[verdict.id] = place
            return
        }
        guard words[verdict.id] == nil else { return }
        words[verdict.id] = Word(
            place: place,
            nanoseconds: verdict.latency?.nanoseconds ?? -1,
            isLate: verdict.isLate,
            isPersons: false
        )
    }

    /// The cloud's word.
    func word(on id: DecisionID) -> Word? { words[id] }

    func label(of word: Word) -> String { labels[Int(word.place)] }

    /// A person's word.
    func personsLabel(on id: DecisionID) -> String? { persons[id].map { labels[Int($0)] } }

    private mutating func place(of label: String) -> Int32 {
        if let place = places[label] { return place }
        let place = Int32(labels.count)
        labels.append(label)
        places[label] = place
        return place
    }
}
