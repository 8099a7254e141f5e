// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How well the gateway keeps its promises: one word for the status, `/readyz`, the metrics and the log (G6).
///
/// In the order of gravity: where several hold at once, the gravest is the state and the others are
/// named beside it.
public enum GatewayState: String, CaseIterable, Codable, Comparable, Sendable {
    /// Everything is as it should be.
    case healthy
    /// An endpoint answers slowly, or one of several does not answer.
    case slowUplink = "slow_uplink"
    /// No endpoint answers, or the broker cannot be reached.
    case offline
    /// The spool, or the disk under it, is nearly full.
    case storageLow = "storage_low"
    /// Inputs stand still, for another reason than a full or read-only disk.
    case paused
    /// The spool is full: rows are dropped or messages stay with the broker, as `when_full` says.
    case storageFull = "storage_full"
    /// The disk takes nothing because it is mounted read-only.
    case readOnly = "read_only"

    /// True while messages are taken from the broker and what must be kept can be kept.
    public var isReady: Bool { self < .paused }

    /// Whether `left` is less grave than `right`.
    public static func < (left: Self, right: Self) -> Bool { left.gravity < right.gravity }

    private var gravity: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// The gateway's state with what explains it; in the status under `state`, and retained on `<status topic>/state`.
public struct GatewayStateReport: Codable, Equatable, Sendable {
    /// The state: the gravest condition that holds.
    public var state: GatewayState
    /// Since when, RFC 3339.
    public var since: String
    /// For how many seconds.
    public var seconds: Double
    /// Why, a sentence each; empty while healthy.
    public var causes: [String]
    /// What it costs now, a sentence each.
    public var costs: [String]
    /// What to do about it; absent while healthy.
    public var remedy: String?
    /// The other conditions that hold.
    public var also: [GatewayState]
}
