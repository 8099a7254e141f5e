// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB

extension Database {
    /// Runs a statement that gives no rows; prepared once per connection.
    func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// Runs a statement and hands over its rows, each valid during the call only.
    func each(
        _ sql: String,
        _ arguments: StatementArguments = StatementArguments(),
        _ body: (Row) throws -> Void
    ) throws {
        let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
        while let row = try rows.next() {
            try body(row)
        }
    }

    /// The first column of the first row; nil when there is no row or it is null.
    func integer(
        _ sql: String,
        _ arguments: StatementArguments = StatementArguments()
    ) throws -> Int64? {
        var value: Int64?
        try each(sql, arguments) { row in
            if value == nil { value = try row.optionalInteger(0) }
        }
        return value
    }
}

extension Row {
    // GRDB's own subscripts stop the process on a value of another type; a damaged file may hold one.

    func integer(_ index: Int) throws -> Int64 {
        guard let value = try optionalInteger(index) else { throw Self.damaged(index) }
        return value
    }

    func optionalInteger(_ index: Int) throws -> Int64? {
        let value: DatabaseValue = self[index]
        switch value.storage {
        case .null: return nil
        case .int64(let integer): return integer
        default: throw Self.damaged(index)
        }
    }

    func text(_ index: Int) throws -> String {
        let value: DatabaseValue = self[index]
        guard case .string(let text) = value.storage else { throw Self.damaged(index) }
        return text
    }

    func bytes(_ index: Int) throws -> [UInt8] {
        let bytes = try withUnsafeData(atIndex: index) { data in data.map { [UInt8]($0) } }
        return bytes ?? []
    }

    func oneOf<Value: RawRepresentable>(
        _ type: Value.Type,
        _ index: Int
    ) throws -> Value where Value.RawValue == Int {
        guard let value = Value(rawValue: Int(try integer(index))) else {
            throw Self.damaged(index)
        }
        return value
    }

    private static func damaged(_ index: Int) -> SpoolError {
        SpoolError(.corrupt, "a stored row has an impossible value in column \(index)")
    }
}
