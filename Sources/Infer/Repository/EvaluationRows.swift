// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

/// Labelled rows: a header, then on each line what the model is fed, and the label.
struct EvaluationRows {
    /// The numbers of all rows, one after the other.
    private(set) var numbers: [Float] = []
    private(set) var labels: [String] = []

    private static let sizeLimit = 64 << 20

    var count: Int { labels.count }

    init(path: String, width: Int) throws(OnnxError) {
        let bytes: [UInt8]
        do throws(BoundedFile.Failure) {
            bytes = try BoundedFile.read(path: path, limit: Self.sizeLimit)
        } catch {
            throw OnnxError(.invalidArgument, "the evaluation file: \(error.message)")
        }
        try self.init(bytes: bytes, width: width)
    }

    init(bytes: [UInt8], width: Int) throws(OnnxError) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated().dropFirst() {
            let text = String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
            if text.isEmpty { continue }
            let cells = text.split(separator: ",", omittingEmptySubsequences: false)
            let values = cells.dropLast().compactMap { Float($0) }
            guard cells.count == width + 1, values.count == width, let label = cells.last else {
                throw OnnxError(
                    .invalidArgument,
                    "line \(index + 1) of the evaluation file has not \(width) numbers and a label"
                )
            }
            numbers += values
            labels.append(String(label))
        }
        guard !labels.isEmpty else {
            throw OnnxError(.invalidArgument, "the evaluation file has no rows")
        }
    }
}
