// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Synchronization
import Vocabulary

/// A question under way to the cloud, with what is owed for it.
final class Flight: Sendable {
    let bound: BoundPolicy
    let obligation: Obligation
    /// What it was decided on; nil where nobody is told of it.
    let grounds: Grounds?
    let holds: HoldDesk
    /// What it is about; nil for one that is long, and is decoded again.
    let reading: Subject.Reading?
    /// When the message arrived.
    let arrival: MonotonicInstant
    /// The trace that it belongs to; nil for most.
    let trace: MessageTrace?
    // Changed by the concluder's tasks, one after the other.
    private let state: Mutex<OpenDecision>
    private let work = Mutex<Task<Void, Never>?>(nil)

    init(
        _ question: OpenDecision,
        obligation: Obligation,
        bound: BoundPolicy,
        grounds: Grounds?,
        holds: HoldDesk,
        reading: Subject.Reading? = nil,
        arrival: MonotonicInstant,
        trace: MessageTrace? = nil
    ) {
        state = Mutex(question)
        self.obligation = obligation
        self.bound = bound
        self.grounds = grounds
        self.holds = holds
        self.reading = reading
        self.arrival = arrival
        self.trace = trace
    }

    /// What is kept of it.
    var question: OpenDecision {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    /// Does something about it after everything that was begun before.
    func next(_ deed: @escaping @Sendable () async -> Void) {
        work.withLock { work in
            let former = work
            work = Task {
                await former?.value
                await deed()
            }
        }
    }
}
