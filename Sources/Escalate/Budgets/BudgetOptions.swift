// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What a budget counts.
public enum BudgetKind: String, CaseIterable, Sendable {
    /// Requests that may have left, each try and each hedge for itself.
    case calls
    /// Bytes of request and reply bodies.
    case bytes
    /// Money, in billionths of the unit the configuration counts in.
    case money
}

/// How long a budget lasts before it begins anew, in local time.
public enum BudgetWindow: String, CaseIterable, Sendable {
    /// From second 0 to second 0.
    case minute
    /// From minute 0 to minute 0; the hour that a change of the clocks repeats has its own budget.
    case hour
    /// From midnight to midnight: 23 or 25 hours where the clocks change.
    case day
    /// From the first of a month to the first of the next.
    case month
}

/// So much in each window, and never more.
public struct BudgetLimit: Hashable, Sendable {
    /// What is counted.
    public var kind: BudgetKind
    /// How much of it; money in billionths of a unit.
    public var amount: Int64
    /// How long it lasts.
    public var window: BudgetWindow

    /// Makes a limit.
    public init(_ kind: BudgetKind, _ amount: Int64, per window: BudgetWindow) {
        self.kind = kind
        self.amount = max(0, amount)
        self.window = window
    }
}

extension BudgetLimit: CustomStringConvertible {
    /// What a configuration says for it, such as `5000 calls a day`.
    public var description: String {
        switch kind {
        case .calls: "\(amount) calls a \(window.rawValue)"
        case .bytes: "\(amount) bytes a \(window.rawValue)"
        case .money:
            "\(Double(amount) / Double(BudgetOptions.moneyUnit)) of money a \(window.rawValue)"
        }
    }
}

/// What may be spent at one server, by all policies that ask it together.
public struct BudgetOptions: Sendable {
    /// The limits, all of which hold at once.
    public var limits: [BudgetLimit]
    /// What a call costs, in billionths of a unit.
    public var pricePerCall: Int64
    /// Where days and months begin.
    public var zone: LocalZone

    /// Makes a set of options.
    public init(limits: [BudgetLimit], pricePerCall: Int64 = 0, zone: LocalZone = .utc) {
        self.limits = limits
        self.pricePerCall = max(0, pricePerCall)
        self.zone = zone
    }

    /// One unit of money, in the billionths that are counted.
    public static let moneyUnit: Int64 = 1_000_000_000
}

/// One limit and how much of it is spent, as the status shows it.
public struct BudgetReport: Hashable, Sendable {
    /// The limit.
    public var limit: BudgetLimit
    /// What is spent of it in this window, what is on the wire included.
    public var used: Int64

    /// What is left, 0…1.
    public var share: Double {
        limit.amount > 0 ? Double(max(0, limit.amount - used)) / Double(limit.amount) : 0
    }

    /// Makes a report.
    public init(limit: BudgetLimit, used: Int64) {
        self.limit = limit
        self.used = used
    }
}
