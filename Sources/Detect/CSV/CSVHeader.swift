// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Which columns of a table are read, by the names on its first line.
///
/// A first line that can be no header is refused with what is wrong with it, rather than every row
/// after it: data in place of names, another separator than the comma, lines that end in CR alone, and
/// bytes that are not UTF-8's.
struct CSVHeader {
    /// How many columns there are.
    let count: Int
    /// The column of the times; nil without one.
    let time: Int?
    /// The columns of the numbers.
    let values: [Int]

    /// Reads the record of which `ranges` are the fields.
    init(
        _ record: ArraySlice<UInt8>,
        _ ranges: [Range<Int>],
        _ columns: CSVScoring.Columns,
        line: Int
    ) throws(CSVScoring.Fault) {
        try Self.checkEncoding(record, line: line)
        var names = ranges.map { String(decoding: CSVRecords.unquoted(record[$0]), as: UTF8.self) }
        // A byte-order mark belongs to the file, not to the first name.
        if names[0].unicodeScalars.first == "\u{FEFF}" { names[0].unicodeScalars.removeFirst() }
        if names[0].hasPrefix("\"") {
            let rest = Array(names[0].utf8)[...]
            names[0] = String(decoding: CSVRecords.unquoted(rest), as: UTF8.self)
        }
        if Self.place(of: CSVScoring.column, in: names) != nil {
            let message = "there is a column `\(CSVScoring.column)` already"
            throw CSVScoring.Fault(line: line, message: message)
        }
        func place(_ name: String) throws(CSVScoring.Fault) -> Int {
            if let place = Self.place(of: name, in: names) { return place }
            try Self.checkNames(names, line: line)
            let there = names.prefix(20).map { "`\($0)`" }.joined(separator: ", ")
            let message = "there is no column `\(name)`; there are \(there)"
            throw CSVScoring.Fault(line: line, message: message)
        }
        time = try columns.time.map(place) ?? Self.place(of: "timestamp", in: names)
        count = names.count
        var values: [Int] = []
        for name in columns.values { values.append(try place(name)) }
        if values.isEmpty {
            if let usual = Self.place(of: "value", in: names) {
                values = [usual]
            } else {
                try Self.checkNames(names, line: line)
                let time = time
                guard let first = names.indices.first(where: { $0 != time }) else {
                    let message = "there is no column of values; name it by --column"
                    throw CSVScoring.Fault(line: line, message: message)
                }
                values = [first]
            }
        }
        self.values = values
    }

    /// Where the column called `name` is: exactly so, or else the only one that differs in case and in
    /// the blanks around it.
    private static func place(of name: String, in names: [String]) -> Int? {
        if let place = names.firstIndex(of: name) { return place }
        let alike = names.indices.filter { plain(names[$0]) == plain(name) }
        return alike.count == 1 ? alike[0] : nil
    }

    private static func plain(_ name: String) -> String {
        var name = name.lowercased()[...]
        while name.first?.isWhitespace == true { name.removeFirst() }
        while name.last?.isWhitespace == true { name.removeLast() }
        return String(name)
    }

    /// Refuses names that are none: one that another separator is in, and data.
    private static func checkNames(_ names: [String], line: Int) throws(CSVScoring.Fault) {
        let separators: [(Character, String)] = [(";", "`;`"), ("\t", "tabs"), ("|", "`|`")]
        if names.count == 1, let other = separators.first(where: { names[0].contains($0.0) }) {
            throw CSVScoring.Fault(
                line: line,
                message: "the columns are separated by \(other.1), not by commas; convert the table"
            )
        }
        let data = names.first { name in
            let text = Array(name.utf8)[...]
            return TableTime.parsed(text) != nil || TableNumber.parsed(text)?.isFinite == true
        }
        guard let data else { return }
        let shown = CSVScoring.shown(Array(data.utf8)[...])
        throw CSVScoring.Fault(
            line: line,
            message: "`\(shown)` is data, not the name of a column; put a first line before it, "
                + "such as `timestamp,value`"
        )
    }

    /// Refuses a first line that is no line of text in UTF-8, or the whole table for want of line feeds.
    static func checkEncoding(
        _ record: ArraySlice<UInt8>,
        line: Int
    ) throws(CSVScoring.Fault) {
        if record.contains(0) || record.starts(with: [0xFF, 0xFE]) {
            let message = "this is not text in UTF-8 (UTF-16 perhaps); convert the table"
            throw CSVScoring.Fault(line: line, message: message)
        }
        var isQuoted = false
        for byte in record {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            guard byte == UInt8(ascii: "\r"), !isQuoted else { continue }
            throw CSVScoring.Fault(
                line: line,
                message: "lines end in a carriage return alone; end them in a line feed "
                    + "(`tr '\\r' '\\n'`)"
            )
        }
    }
}
