// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Synchronization
import Vocabulary

/// The policies in force: swapped as a whole, read by every thread.
///
/// Versions that are no longer in force are remembered for as long as the process runs, up to a bound,
/// so that what was decided under one is finished under it.
final class PolicyBoard: Sendable {
    /// A set in force.
    struct Edition: Sendable {
        /// Rises with every swap.
        var number: Int
        /// The digest of the whole set.
        var digest: String
        var policies: [BoundPolicy]
        /// The models they were bound to.
        var models: ModelSet

        /// The engine of those models.
        var engine: CoreEngine? { models.engine }
    }

    private struct State {
        var edition: Edition
        var past: [String: BoundPolicy]
        var order: [String] = []
    }

    private static let remembered = 256

    private let number: Atomic<Int>
    private let state: Mutex<State>

    init(digest: String, policies: [BoundPolicy], models: ModelSet = ModelSet()) {
        let edition = Edition(number: 1, digest: digest, policies: policies, models: models)
        number = Atomic(1)
        state = Mutex(State(edition: edition, past: [:]))
    }

    /// The number of the set in force; cheap enough to ask once a batch.
    var editionNumber: Int { number.load(ordering: .acquiring) }

    /// The set in force.
    var edition: Edition { state.withLock { $0.edition } }

    /// Puts a new set in force, policies and models as one; without `models`, those in force stay.
    func replace(digest: String, policies: [BoundPolicy], models: ModelSet? = nil) {
        state.withLock { state in
            for var bound in state.edition.policies {
                // What is finished under it asks no model any more, and must keep none in memory.
                bound.models = []
                let key = Self.key(bound.policy.name, bound.policy.version)
                guard state.past.updateValue(bound, forKey: key) == nil else { continue }
                state.order.append(key)
                if state.order.count > Self.remembered {
                    state.past.removeValue(forKey: state.order.removeFirst())
                }
            }
            state.edition = Edition(
                number: state.edition.number + 1,
                digest: digest,
                policies: policies,
                models: models ?? state.edition.models
            )
            number.store(state.edition.number, ordering: .releasing)
        }
    }

    /// The policy called `name` in that version; in the version in force where that one is not known
    /// any more; nil where no policy of that name is.
    func policy(named name: String, version: String) -> BoundPolicy? {
        state.withLock { state in
            let current = state.edition.policies.first { $0.policy.name == name }
            if let current, current.policy.version == version { return current }
            return state.past[Self.key(name, version)] ?? current
        }
    }

    private static func key(_ name: String, _ version: String) -> String { "\(name)@\(version)" }
}
