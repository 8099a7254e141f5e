// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Synchronization
import Vocabulary

/// What the cloud says of what versions said, and what shadows say of what was decided; any thread.
///
/// A verdict on a reading is counted once, however often it comes. What a shadow said of a reading that
/// the cloud was asked about is remembered until the cloud's word comes, or the other way round, up to
/// a bound; nothing of it outlives the process.
final class VersionWatch: Sendable {
    /// How many readings wait for the shadow's or the cloud's word, and how many verdicts are
    /// remembered.
    private static let remembered = 4_096

    private enum Word {
        case shadow(ModelReference, label: String)
        case cloud(label: String)
    }

    private struct State {
        var tallies: [ModelReference: VersionTally] = [:]
        var waiting = Remembered<Word>(limit: remembered)
        var counted = Remembered<Void>(limit: remembered)
        /// True once a shadow was given anything to speak on: without one nothing waits for it.
        var isShadowed = false
    }

    // Held for a verdict, or for a burst's worth of a shadow's words.
    private let state = Mutex(State())

    /// What was counted, by version.
    var tallies: [ModelReference: VersionTally] { state.withLock { $0.tallies } }

    /// The cloud's `label` for a reading on which `local` said `word`.
    func verdict(_ label: String, on id: DecisionID, local: ModelReference?, said word: String?) {
        state.withLock { state in
            guard state.counted.put((), for: id) else { return }
            if let local, let word { Self.count(local, word, label, &state) }
            if case .shadow(let shadow, let word)? = state.waiting.take(id) {
                Self.count(shadow, word, label, &state)
            } else if state.isShadowed {
                state.waiting.put(.cloud(label: label), for: id)
            }
        }
    }

    /// Keeps verdicts from now on until the shadow has spoken on the same readings.
    func expectShadows() {
        state.withLock { $0.isShadowed = true }
    }

    /// What `shadow` said of readings the cloud was asked about.
    func shadowed(_ words: [(id: DecisionID, label: String)], by shadow: ModelReference) {
        state.withLock { state in
            for (id, label) in words {
                if case .cloud(let verdict)? = state.waiting.take(id) {
                    Self.count(shadow, label, verdict, &state)
                } else {
                    state.waiting.put(.shadow(shadow, label: label), for: id)
                }
            }
        }
    }

    /// How `shadow` compares with the version that spoke.
    func compared(_ shadow: ModelReference, count: Int, differing: Int) {
        guard count > 0 else { return }
        state.withLock { state in
            state.tallies[shadow, default: VersionTally()].compared += count
            state.tallies[shadow, default: VersionTally()].differing += differing
        }
    }

    /// Forgets the versions that are not among `kept`.
    func keep(_ kept: Set<ModelReference>) {
        state.withLock { state in
            state.tallies = state.tallies.filter { kept.contains($0.key) }
        }
    }

    private static func count(
        _ version: ModelReference,
        _ word: String,
        _ verdict: String,
        _ state: inout State
    ) {
        state.tallies[version, default: VersionTally()].count(differs: word != verdict)
    }
}

extension VersionTally {
    /// Counts a verdict of the cloud.
    fileprivate mutating func count(differs: Bool) {
        verdicts += 1
        if differs { disagreements += 1 }
    }
}

extension VersionWatch {
    /// The cloud's word on `question`.
    func verdict(_ verdict: Verdict, on question: OpenDecision) {
        let local = question.local
        var model: ModelReference?
        if let name = local.model, let version = local.modelVersion {
            model = ModelReference(name: name, version: version)
        }
        self.verdict(verdict.label, on: question.decisionID, local: model, said: local.label)
    }
}

/// Values by decision, the oldest forgotten first.
private struct Remembered<Value> {
    private let limit: Int
    private var values: [DecisionID: Value] = [:]
    private var order: [DecisionID] = []
    private var next = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// Remembers a value; false where there is one, which stays.
    @discardableResult
    mutating func put(_ value: Value, for id: DecisionID) -> Bool {
        guard values[id] == nil else { return false }
        values[id] = value
        if order.count < limit {
            order.append(id)
        } else {
            // One that was taken is not there any more, and frees nothing.
            values[order[next]] = nil
            order[next] = id
            next = (next + 1) % limit
        }
        return true
    }

    mutating func take(_ id: DecisionID) -> Value? { values.removeValue(forKey: id) }
}
