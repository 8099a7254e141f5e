// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Reads rows one after the other and remembers what must hold between them.
struct RowReader {
    let file: String
    private(set) var rows: [SampleRows.Row] = []
    private(set) var problems: [Diagnostic] = []
    private var lines: [String: Int] = [:]
    private var labels: (count: Int, line: Int)?

    init(file: String) {
        self.file = file
    }

    mutating func read(_ bytes: ArraySlice<UInt8>, line: Int) {
        guard bytes.count <= SampleRows.longestLine else {
            return complain("a line of more than \(SampleRows.longestLine) bytes", line)
        }
        guard bytes.contains(where: { ![0x20, 0x09, 0x0D].contains($0) }) else { return }
        var scanner = RowScanner(bytes)
        var members: [String: RowScanner.Value] = [:]
        do throws(RowScanner.Fault) {
            try scanner.object { (name, value, offset) throws(RowScanner.Fault) in
                guard members.updateValue(value, forKey: name) == nil else {
                    throw RowScanner.Fault(message: "`\(name)` is here twice", offset: offset)
                }
            }
        } catch {
            return complain("not a row of JSON: \(error.message)", line, column: error.offset + 1)
        }
        if let row = row(of: members, line: line) { check(row) }
    }

    private mutating func row(
        of members: [String: RowScanner.Value],
        line: Int
    ) -> SampleRows.Row? {
        guard let id = name(members["id"]) else {
            complain("`id` is missing, or neither a text nor a whole number", line)
            return nil
        }
        guard let edge = probabilities("p_edge", members, id, line) else {
            if isAbsent(members["p_edge"]) { complain("row `\(id)` has no `p_edge`", line) }
            return nil
        }
        var row = SampleRows.Row(line: line, id: id, edge: edge)
        if case .number? = members["id"] { row.isNumbered = true }
        if !isAbsent(members["p_cloud"]) {
            guard let cloud = probabilities("p_cloud", members, id, line) else { return nil }
            row.cloud = cloud
        }
        if !isAbsent(members["y"]) {
            guard case .number(let number)? = members["y"], number >= 0,
                number == number.rounded(), number < 1e9
            else {
                complain("`y` of row `\(id)` is the index of a label, a whole number from 0", line)
                return nil
            }
            row.truth = Int(number)
        }
        for key in ["device", "block"] where !isAbsent(members[key]) && name(members[key]) == nil {
            complain("`\(key)` of row `\(id)` is a text or a whole number", line)
            return nil
        }
        row.device = name(members["device"])
        row.block = name(members["block"])
        switch members["time"] {
        case .number(let seconds)? where abs(seconds) < 9e9:
            row.time = WallTime(nanoseconds: Int64((seconds * 1e9).rounded()))
        case .text(let text)?:
            row.time = Timestamp.parse(text)
            fallthrough
        case .number?, .flag?, .numbers?, .other?:
            if row.time == nil {
                complain("`time` of row `\(id)` is RFC 3339 or a number of seconds", line)
                return nil
            }
        default: break
        }
        return row
    }

    private mutating func check(_ row: SampleRows.Row) {
        if let first = lines[row.id] {
            return complain("the id `\(row.id)` is already that of line \(first)", row.line)
        }
        lines[row.id] = row.line
        let expected = labels ?? (row.edge.count, row.line)
        labels = expected
        guard row.edge.count == expected.count else {
            return complain(
                "`p_edge` has \(row.edge.count) values; line \(expected.line) has "
                    + "\(expected.count)",
                row.line
            )
        }
        if let cloud = row.cloud, cloud.count != row.edge.count {
            return complain(
                "`p_cloud` has \(cloud.count) values and `p_edge` has \(row.edge.count)",
                row.line
            )
        }
        if let truth = row.truth, truth >= row.edge.count {
            return complain("`y` is \(truth), but there are \(row.edge.count) labels", row.line)
        }
        rows.append(row)
    }

    private mutating func probabilities(
        _ key: String,
        _ members: [String: RowScanner.Value],
        _ id: String,
        _ line: Int
    ) -> [Double]? {
        guard !isAbsent(members[key]) else { return nil }
        guard case .numbers(let values)? = members[key], values.count >= 2 else {
            complain("`\(key)` of row `\(id)` is a list of two or more probabilities", line)
            return nil
        }
        for (index, value) in values.enumerated() where !(value >= 0 && value <= 1.000_001) {
            let found = value.isNaN ? "NaN" : "\(value)"
            complain("`\(key)[\(index)]` of row `\(id)` is \(found), not within 0…1", line)
            return nil
        }
        let sum = values.reduce(0, +)
        guard abs(sum - 1) <= SampleRows.tolerance else {
            let shown = (sum * 1e6).rounded() / 1e6
            complain(
                "`\(key)` of row `\(id)` sums to \(shown), not to 1",
                line,
                hint: "give probabilities, not scores or logits"
            )
            return nil
        }
        return values
    }

    private func isAbsent(_ value: RowScanner.Value?) -> Bool {
        switch value {
        case nil, .null?: true
        default: false
        }
    }

    private func name(_ value: RowScanner.Value?) -> String? {
        switch value {
        case .text(let text)? where !text.isEmpty: text
        case .number(let number)? where number == number.rounded() && abs(number) < 9e15:
            String(Int64(number))
        default: nil
        }
    }

    private mutating func complain(
        _ message: String,
        _ line: Int,
        column: Int = 1,
        hint: String? = nil
    ) {
        problems.append(
            Diagnostic(.error, message, hint: hint, file: file, line: line, column: column)
        )
    }
}
