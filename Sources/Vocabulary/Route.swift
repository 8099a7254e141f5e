// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Where a decision sends a reading.
public enum Route: String, CaseIterable, Codable, Sendable {
    /// Act on the local answer here and now.
    case act
    /// Ask the cloud before the deadline.
    case escalate
    /// Keep it on disk and ask the cloud later.
    case `defer`
    /// Do nothing more with it; counted, with a reason.
    case drop

    /// Its place among `allCases`, for tables.
    public var place: Int {
        switch self {
        case .act: 0
        case .escalate: 1
        case .defer: 2
        case .drop: 3
        }
    }
}

/// What becomes of an escalation whose answer does not come in time.
public enum Fallback: String, CaseIterable, Codable, Sendable {
    /// Act on the local answer now; the cloud confirms or corrects it later.
    case actProvisionally = "act_provisionally"
    /// Do nothing until the cloud answers, however late.
    case `defer`
    /// Do nothing more with it.
    case drop
}

/// How urgently a row of the spool wants to leave.
public enum Priority: Int, CaseIterable, Codable, Comparable, Sendable {
    /// Before everything else.
    case high = 0
    /// The usual.
    case normal = 1
    /// When nothing else waits, and the first to be dropped.
    case low = 2

    /// Whether `left` leaves before `right`.
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The word policies use.
    public var name: String {
        switch self {
        case .high: "high"
        case .normal: "normal"
        case .low: "low"
        }
    }
}

/// Why something was dropped: a closed list, because every drop is counted by its reason.
public enum DropReason: String, CaseIterable, Codable, Sendable {
    /// The policy's rule said `route: drop`.
    case policy
    /// An escalation's fallback said `drop`.
    case fallback
    /// Its time to live ran out in the spool.
    case expired
    /// The spool was full and the policy dropped the oldest.
    case spoolFull = "spool_full"
    /// The action's `max_age` had passed.
    case tooOld = "too_old"
    /// The action was held back by `hold`.
    case held
    /// An operator purged it.
    case purged
    /// An audit that its class of the spool had no room for: drawn by lot, so that the rest stays a fair
    /// sample.
    case thinned
    /// An audit that the cloud refused or that cannot be asked any more.
    case unanswered
    /// It was a dead letter, and dead letters were full: a newer one took its place.
    case lettersFull = "letters_full"
}
