// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Rows of a notebook: what the local model said of each reading, and what the cloud or the truth said.
///
/// JSON Lines, UTF-8, one object a line; blank lines are passed over and other members ignored:
///
///     {"id": "r1", "p_edge": [0.9, 0.1], "p_cloud": [0.8, 0.2], "y": 0,
///      "device": "4/17", "time": "2026-11-21T06:00:00Z", "block": "shift 3"}
///
/// `id` (a text or a whole number, each once) and `p_edge` (one probability a label, in every row
/// as many) are needed; for tuning also `p_cloud` (as many) or `y` (the true label's index from 0).
/// `time` is RFC 3339 or a number of seconds. Probabilities sum to 1 within 0.02.
public struct SampleRows: Sendable {
    /// One row.
    public struct Row: Sendable {
        /// Its line in the file, from 1.
        public var line: Int
        /// What it is called.
        public var id: String
        /// Whether the file has `id` as a number.
        public var isNumbered = false
        /// The local model's probabilities.
        public var edge: [Double]
        /// The cloud model's.
        public var cloud: [Double]?
        /// The index of the true label.
        public var truth: Int?
        /// The device.
        public var device: String?
        /// When it was measured.
        public var time: WallTime?
        /// The block it belongs to.
        public var block: String?
    }

    /// The rows in the file's order.
    public let rows: [Row]

    /// The longest line taken, in bytes.
    public static let longestLine = 1 << 20
    /// How many problems are told of at most.
    public static let mostProblems = 20
    static let tolerance = 0.02

    /// Reads `bytes`, which came from `file`.
    ///
    /// Throws what is wrong with the rows, each named by its line, the first `mostProblems` of them.
    public init(parsing bytes: [UInt8], file: String) throws(SampleRefusal) {
        var reader = RowReader(file: file)
        var line = 0
        // A byte order mark, which some editors put first, is no part of the first row.
        var start = bytes.startIndex + (bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
        while start < bytes.endIndex, reader.problems.count < Self.mostProblems {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.endIndex
            line += 1
            reader.read(bytes[start..<end], line: line)
            start = end + 1
        }
        guard reader.problems.isEmpty else { throw .badRows(reader.problems) }
        rows = reader.rows
    }

    /// The rows as samples to tune on.
    ///
    /// The reference is the cloud's likeliest label, or the truth in a file whose rows have no
    /// `p_cloud` at all. Throws when a row has neither, or when only some rows have `p_cloud` or `time`.
    public func samples(file: String) throws(SampleRefusal) -> [Sample] {
        let hasCloud = rows.contains { $0.cloud != nil }
        let isTimed = rows.contains { $0.time != nil }
        var problems: [Diagnostic] = []
        var samples: [Sample] = []
        samples.reserveCapacity(rows.count)
        for row in rows where problems.count < Self.mostProblems {
            let reference = hasCloud ? row.cloud.map(Calibration.Score.likeliest) : row.truth
            guard let reference else {
                let missing = hasCloud ? "`p_cloud`, which other rows have" : "`p_cloud` or `y`"
                problems.append(
                    Diagnostic(
                        .error,
                        "the label is missing: row `\(row.id)` has no \(missing)",
                        hint: "give each row the cloud's probabilities or the true label's index",
                        file: file,
                        line: row.line
                    )
                )
                continue
            }
            guard !isTimed || row.time != nil else {
                problems.append(
                    Diagnostic(
                        .error,
                        "the time is missing: row `\(row.id)` has no `time`, which other rows have",
                        file: file,
                        line: row.line
                    )
                )
                continue
            }
            samples.append(
                Sample(
                    id: row.id,
                    device: row.device ?? "",
                    time: row.time,
                    block: row.block,
                    edge: row.edge,
                    reference: reference,
                    truth: row.truth
                )
            )
        }
        guard problems.isEmpty else { throw .badRows(problems) }
        return samples
    }
}

/// Why rows are not taken.
public enum SampleRefusal: Error, Sendable {
    /// Rows that are not what they should be; each names its line.
    case badRows([Diagnostic])
}
