// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// A row of the spool as it is read back.
public struct SpoolRow: Sendable {
    /// Who may take it.
    public enum State: Equatable, Sendable {
        /// Anybody who leases it.
        case waiting
        /// Somebody of this run owns it.
        case leased
        /// It waits this long before its next try.
        case delayed(Interval)
    }

    /// Its number.
    public var id: Int64
    /// What makes it one thing.
    public var key: String
    /// What it waits for.
    public var kind: EntryKind
    /// How urgently it wants to leave.
    public var priority: Priority
    /// The device it is about.
    public var device: String
    /// The rows whose order it keeps.
    public var stream: String
    /// The policy it was decided under.
    public var policy: String
    /// The digest of that policy's file.
    public var policyVersion: String
    /// How often it has been tried; counts this try for a leased `pending` row.
    public var attempts: Int
    /// When it was stored, by the wall clock of that moment.
    public var storedAt: WallTime
    /// How long it has been stored, counted only while the gateway ran.
    public var age: Interval
    /// What is left of its time to live.
    public var timeToLive: Interval?
    /// Who may take it.
    public var state: State
    /// Why nobody may until the configuration is another; nil when it is not parked.
    public var parked: ParkReason?
    /// How long its content is as it is stored.
    public var bodyBytes: Int
    /// How far the class of audits was thinned when this was read: an audit is kept with the chance
    /// 2^-thinning; 0 for rows of other kinds.
    public var thinning = 0
    /// Its content; empty in listings that did not ask for it.
    public var body: [UInt8]
}
