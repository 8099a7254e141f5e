// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Why a row is parked: what it needs is not in the configuration any more; stored in `entries.parked`.
///
/// A parked row keeps its place and is never dropped for room. It goes on when what it needs is back.
public enum ParkReason: Int, CaseIterable, Sendable {
    /// Its policy is gone.
    case noPolicy = 1
    /// None of its endpoints is configured.
    case noEndpoint = 2
    /// Its sink is gone.
    case noSink = 3

    /// The word commands and metrics use.
    public var name: String {
        switch self {
        case .noPolicy: "no_policy"
        case .noEndpoint: "no_endpoint"
        case .noSink: "no_sink"
        }
    }
}

/// A parked row, as far as it takes to say whether it may go on.
public struct ParkedRow: Sendable {
    /// The row.
    public var id: Int64
    /// Why it is parked.
    public var reason: ParkReason
    /// The policy it was decided under.
    public var policy: String
    /// The sink it is for; empty for rows of other kinds.
    public var sink: String
}
