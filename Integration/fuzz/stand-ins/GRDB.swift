// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials

/// What the salvage's parser uses of GRDB: a value, without the database.
public struct DatabaseValue: Equatable, Sendable {
    /// What a value is.
    public enum Storage: Equatable, Sendable {
        /// Nothing.
        case null
        /// A whole number.
        case int64(Int64)
        /// A number.
        case double(Double)
        /// A text.
        case string(String)
        /// Bytes.
        case blob(Data)
    }

    /// What it is.
    public let storage: Storage

    /// Nothing.
    public static let null = DatabaseValue(storage: .null)
}

extension Int64 {
    /// Itself as a value.
    public var databaseValue: DatabaseValue { DatabaseValue(storage: .int64(self)) }
}

extension Double {
    /// Itself as a value; SQLite has no other name for what is no number.
    public var databaseValue: DatabaseValue {
        isNaN ? .null : DatabaseValue(storage: .double(self))
    }
}

extension String {
    /// Itself as a value.
    public var databaseValue: DatabaseValue { DatabaseValue(storage: .string(self)) }
}

extension Data {
    /// Itself as a value.
    public var databaseValue: DatabaseValue { DatabaseValue(storage: .blob(self)) }
}
