// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What a row of the spool waits for.
public enum EntryKind: Int, CaseIterable, Codable, Sendable {
    /// A reading whose decision is not made yet.
    case pending = 0
    /// A question under way to the cloud, or to be asked again.
    case escalation = 1
    /// A question kept for when the cloud is back.
    case deferral = 2
    /// An action that has not been delivered.
    case action = 3
    /// A question about a reading that was answered here, asked for its label only.
    ///
    /// A class of its own: it leaves when nothing else wants the cloud, and is thinned evenly when it
    /// outgrows its share; see `Thinning`.
    case audit = 4
    /// A line for one of the user's own stores.
    case delivery = 5

    /// The word commands and metrics use.
    public var name: String {
        switch self {
        case .pending: "pending"
        case .escalation: "escalation"
        case .deferral: "deferral"
        case .action: "action"
        case .audit: "audit"
        case .delivery: "delivery"
        }
    }

    /// The way its rows leave by; order is kept among rows of one way, so that an action never waits
    /// for the cloud and a deferral never overtakes the escalation before it.
    var way: Way {
        switch self {
        case .pending: .decide
        case .escalation, .deferral: .cloud
        case .action: .act
        case .audit: .audit
        case .delivery: .sink
        }
    }
}

/// Where rows leave to; stored in `streams.way`.
enum Way: Int, CaseIterable {
    case decide = 0
    case cloud = 1
    case act = 2
    case audit = 3
    case sink = 4
}
