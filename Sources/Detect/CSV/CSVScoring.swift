// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Adds the column `anomaly_score` to comma-separated values, a row at a time.
///
/// The first record names the columns. Every row comes out as it came in, with its score behind a comma;
/// a row that cannot be read comes out with nothing behind the comma, is reported and teaches nothing.
/// An empty value, or one that says it is none (`nan`, `NA`, `null`), is a reading without a number: 0.
/// Blank lines are no rows. Memory is bounded: a record may take 1 MiB.
public struct CSVScoring {
    /// What went wrong with a row, or with all of it.
    public struct Fault: Error, Equatable, Sendable {
        /// The line, from 1.
        public var line: Int
        /// What, and what to do about it.
        public var message: String

        /// Makes a fault.
        public init(line: Int, message: String) {
            self.line = line
            self.message = message
        }
    }

    /// Which columns are read.
    public struct Columns: Sendable {
        /// The values, one or several; empty for `value`, or else the first that is not the time.
        public var values: [String]
        /// The readings' times; nil for `timestamp`, or else none.
        public var time: String?

        /// Names them.
        public init(values: [String] = [], time: String? = nil) {
            self.values = values
            self.time = time
        }
    }

    /// The name of the column that is added.
    public static let column = "anomaly_score"

    /// How many rows came out, and how many of them without a score.
    public private(set) var rows = 0
    /// How many rows could not be read.
    public private(set) var badRows = 0

    private let settings: DetectorSettings
    private let columns: Columns
    private let report: (Fault) -> Void
    private var records = CSVRecords()
    private var header: Header?
    private var ranges: [Range<Int>] = []
    private var numbers: [Double] = []

    /// What the header says, and the detector for its columns.
    private struct Header {
        var table: CSVHeader
        var stream: DetectorStream
    }

    /// Makes a scoring that has read nothing; `report` is told of every row that cannot be read.
    public init(
        _ settings: DetectorSettings,
        columns: Columns = Columns(),
        report: @escaping (Fault) -> Void
    ) {
        self.settings = settings
        self.columns = columns
        self.report = report
    }

    /// Takes in a piece of the table; appends what it makes of every row that is whole to `output`.
    ///
    /// A fault that is thrown ends it: no such column, or a record that does not end.
    public mutating func feed(
        _ bytes: some Sequence<UInt8>,
        into output: inout [UInt8]
    ) throws(Fault) {
        var records = records
        self.records = CSVRecords()
        var fault: Fault?
        let isBounded = records.feed(bytes) { record, line, end in
            if fault == nil { fault = take(record, line, end, &output) }
        }
        self.records = records
        if let fault { throw fault }
        guard isBounded else {
            if header == nil { try CSVHeader.checkEncoding(records.unfinished, line: 1) }
            throw Fault(
                line: records.lineReached,
                message: "a row is longer than 1 MiB; is a quote not closed?"
            )
        }
    }

    /// Takes in the last row where it has no line end; throws where there was no header.
    public mutating func finish(into output: inout [UInt8]) throws(Fault) {
        var records = records
        self.records = CSVRecords()
        var fault: Fault?
        records.finish { record, line, end in fault = take(record, line, end, &output) }
        if let fault { throw fault }
        guard header != nil else {
            throw Fault(line: 1, message: "it is empty; the first line names the columns")
        }
    }

    private mutating func take(
        _ record: ArraySlice<UInt8>,
        _ line: Int,
        _ end: ArraySlice<UInt8>,
        _ output: inout [UInt8]
    ) -> Fault? {
        guard !record.isEmpty else { return nil }
        CSVRecords.fields(of: record, into: &ranges)
        let start = output.count
        output.append(contentsOf: record)
        output.append(UInt8(ascii: ","))
        if let header {
            rows += 1
            do throws(Fault) {
                let score = try score(record, line, header)
                output.append(contentsOf: "\(score)".utf8)
            } catch {
                badRows += 1
                report(error)
            }
        } else {
            do throws(Fault) {
                let table = try CSVHeader(record, ranges, columns, line: line)
                let stream = DetectorStream(settings, fields: table.values.count)
                header = Header(table: table, stream: stream)
            } catch {
                output.removeLast(output.count - start)
                return error
            }
            output.append(contentsOf: Self.column.utf8)
        }
        output.append(contentsOf: end.isEmpty ? [UInt8(ascii: "\n")] : end)
        return nil
    }

    private mutating func score(
        _ record: ArraySlice<UInt8>,
        _ line: Int,
        _ header: Header
    ) throws(Fault) -> Double {
        let table = header.table
        guard ranges.count == table.count else {
            let wanted = "the header names \(table.count)"
            throw Fault(line: line, message: "the row has \(ranges.count) columns; \(wanted)")
        }
        var time: WallTime?
        if let place = table.time {
            let text = CSVRecords.unquoted(record[ranges[place]])
            time = TableTime.parsed(text)
            if time == nil, !text.isEmpty {
                throw Fault(line: line, message: "`\(Self.shown(text))` is no time")
            }
        }
        numbers.removeAll(keepingCapacity: true)
        for place in table.values {
            let text = CSVRecords.unquoted(record[ranges[place]])
            guard let number = TableNumber.parsed(text) else {
                throw Fault(line: line, message: "`\(Self.shown(text))` is no number")
            }
            numbers.append(number)
        }
        return header.stream.score(numbers, at: time)
    }

    static func shown(_ text: ArraySlice<UInt8>) -> String {
        String(decoding: text.prefix(40), as: UTF8.self) + (text.count > 40 ? "…" : "")
    }
}
