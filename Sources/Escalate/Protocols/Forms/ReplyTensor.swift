// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// One output of a reply, its data flat whether it came flat or nested.
struct ReplyTensor: Sendable {
    let name: String
    let datatype: String
    let shape: [Int]
    let values: [ReplyJSON]

    /// Reads an output; takes its data from the front of `bytes` where they are there.
    init(_ output: ReplyJSON, bytes: inout ArraySlice<UInt8>) throws(CallFailure) {
        let size = output["parameters"]?["binary_data_size"]
        guard let name = output["name"]?.text, let datatype = output["datatype"]?.text,
            let sizes = output["shape"]?.list, let data = output["data"] ?? size
        else {
            throw .badReply("an output lacks its name, datatype, shape or data")
        }
        self.name = name
        self.datatype = datatype
        var shape: [Int] = []
        shape.reserveCapacity(sizes.count)
        var count = 1
        for size in sizes {
            let size = size.integer.flatMap(Int.init(exactly:)) ?? -1
            let (product, isOver) = count.multipliedReportingOverflow(by: max(0, size))
            guard size >= 0, !isOver else {
                throw .badReply("the shape of output `\(Self.shown(name))` makes no sense")
            }
            count = product
            shape.append(size)
        }
        self.shape = shape
        var values: [ReplyJSON] = []
        if let size {
            guard let size = size.integer, (0...Int64(bytes.count)).contains(size) else {
                throw .badReply("output `\(Self.shown(name))` says it has bytes that are not there")
            }
            let part = bytes.prefix(Int(size))
            bytes = bytes.dropFirst(Int(size))
            values = try TensorBytes.values(of: datatype, in: part, output: Self.shown(name))
        } else {
            // Most data is flat, and then there is nothing to copy.
            if case .list(let list) = data, !list.contains(where: { $0.list != nil }) {
                values = list
            } else {
                Self.flatten(data, into: &values)
            }
        }
        guard values.count == count else {
            throw .badReply(
                "output `\(Self.shown(name))` has \(values.count) values, its shape says \(count)"
            )
        }
        self.values = values
    }

    /// True for text and whole numbers.
    var isLabel: Bool {
        datatype == "BYTES" || datatype.hasPrefix("INT") || datatype.hasPrefix("UINT")
    }

    /// True for floating-point numbers.
    var isReal: Bool { datatype.hasPrefix("FP") || datatype == "BF16" }

    /// How many values each of `rows` rows has.
    func width(rows: Int) throws(CallFailure) -> Int {
        guard rows > 0, values.count % rows == 0, values.count >= rows else {
            throw .badReply(
                "output `\(Self.shown(name))` has \(values.count) values for \(rows) questions"
            )
        }
        return values.count / rows
    }

    /// Checks that there are `rows` rows of `width` values: `[rows, width]`, further dimensions of 1
    /// allowed, and the first dimension left out where there is one row.
    func require(rows: Int, width: Int) throws(CallFailure) {
        let isRowWise = rows == 1 || shape.first == rows
        guard isRowWise, values.count == rows * width, width > 0 else {
            throw .badReply(
                "output `\(Self.shown(name))` has the shape \(shape), wanted is [\(rows), \(width)]"
            )
        }
    }

    /// The probabilities of one row.
    func probabilities(row: Int, of rows: Int) throws(CloudAnswers.Refusal) -> [Double] {
        let width = values.count / rows
        var shares: [Double] = []
        shares.reserveCapacity(width)
        for value in values[(row * width)..<((row + 1) * width)] {
            shares.append(try AnswerLabels.share(value))
        }
        return shares
    }

    /// The depth is bounded by the parser.
    private static func flatten(_ data: ReplyJSON, into values: inout [ReplyJSON]) {
        guard case .list(let list) = data else {
            values.append(data)
            return
        }
        for value in list { flatten(value, into: &values) }
    }

    private static func shown(_ name: String) -> String { String(name.prefix(64)) }
}
