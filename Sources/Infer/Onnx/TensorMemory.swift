// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A stretch of memory for one tensor of one lane, reused from run to run.
///
/// It grows to the largest batch that has come up. The runtime's values over it are kept too, one for
/// each number of rows, so that a run allocates nothing once its batch sizes are known.
final class TensorMemory {
    let element: TensorElement
    let rowDimensions: [Int]
    /// How many elements one row has.
    let rowWidth: Int
    private let runtime: OnnxRuntime
    private let isBatched: Bool
    let rowBytes: Int
    private let rows: Int
    private var capacity: Int
    private var memory: UnsafeMutableRawPointer
    private var values: [OnnxValue?]

    /// How many numbers of rows keep a value of the runtime's.
    private static let keptValues = 1_024
    /// How large one tensor of one lane may be.
    static let byteLimit = 1 << 30
    /// How much is taken at first, unless one row wants more.
    private static let firstBytes = 64 << 10

    /// Makes room for up to `rows` rows of `rowDimensions` elements, all bytes zero.
    ///
    /// Without a batch dimension there is one row, and the tensor has the row's own dimensions.
    init(
        runtime: OnnxRuntime,
        element: TensorElement,
        rowDimensions: [Int],
        isBatched: Bool,
        rows: Int
    ) throws(OnnxError) {
        self.runtime = runtime
        self.element = element
        self.rowDimensions = rowDimensions
        self.isBatched = isBatched
        self.rows = rows
        rowWidth = rowDimensions.reduce(1, *)
        let (perRow, overflows) = rowWidth.multipliedReportingOverflow(by: element.byteCount ?? 0)
        let (bytes, overflowsToo) = perRow.multipliedReportingOverflow(by: rows)
        guard !overflows, !overflowsToo, bytes <= Self.byteLimit else {
            throw OnnxError(.badTensor, "a tensor of \(rows) rows of \(rowDimensions) is too large")
        }
        rowBytes = perRow
        capacity = max(1, min(rows, Self.firstBytes / max(1, perRow)))
        memory = Self.zeros(capacity * perRow)
        values = Array(repeating: nil, count: min(rows, Self.keptValues) + 1)
    }

    deinit {
        memory.deallocate()
    }

    private static func zeros(_ count: Int) -> UnsafeMutableRawPointer {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: max(count, 1))
        return memory
    }

    /// Where `row`, one of the rows there may be, begins.
    func base(of row: Int) -> UnsafeMutableRawPointer {
        if row >= capacity { grow(to: row + 1) }
        return memory + row * rowBytes
    }

    private func grow(to needed: Int) {
        let larger = max(needed, min(rows, 2 * capacity))
        let room = Self.zeros(larger * rowBytes)
        room.copyMemory(from: memory, byteCount: capacity * rowBytes)
        memory.deallocate()
        memory = room
        capacity = larger
        // They look at the memory that is gone.
        for index in values.indices { values[index] = nil }
    }

    /// Fills row `row` with elements of 1.
    func fillWithOnes(row: Int) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: rowWidth) { ones in
            ones.initialize(repeating: 1)
            _ = element.write(UnsafeBufferPointer(ones), to: base(of: row))
        }
    }

    /// Copies row `source` to row `row`.
    func copy(row source: Int, to row: Int) {
        let target = base(of: row)
        target.copyMemory(from: base(of: source), byteCount: rowBytes)
    }

    /// The runtime's value over the first `rows` rows.
    func pointer(rows: Int) throws(OnnxError) -> OpaquePointer {
        if rows > capacity { grow(to: rows) }
        let index = rows < values.count ? rows : 0
        if index > 0, let value = values[index] { return value.pointer }
        let value = try OnnxValue(
            runtime: runtime,
            over: UnsafeMutableRawBufferPointer(start: memory, count: rows * rowBytes),
            element: element,
            dimensions: isBatched ? [rows] + rowDimensions : rowDimensions
        )
        // Place 0 keeps the last of the numbers of rows beyond those with a place of their own.
        values[index] = value
        return value.pointer
    }
}

/// The texts of one input tensor of one lane, which the runtime keeps in memory of its own.
final class TextMemory {
    let rowDimensions: [Int]
    let rowWidth: Int
    private let runtime: OnnxRuntime
    private let isBatched: Bool
    private var texts: [String]
    private var values: [Int: OnnxValue] = [:]

    private static let keptValues = 256

    init(runtime: OnnxRuntime, rowDimensions: [Int], isBatched: Bool, rows: Int) {
        self.runtime = runtime
        self.rowDimensions = rowDimensions
        self.isBatched = isBatched
        rowWidth = rowDimensions.reduce(1, *)
        texts = Array(repeating: "", count: rows * rowWidth)
    }

    /// Puts the texts of `row` in place.
    func place(_ row: Int, _ rowTexts: ArraySlice<String>) {
        var index = row * rowWidth
        for text in rowTexts.prefix(rowWidth) {
            texts[index] = text
            index += 1
        }
    }

    /// Copies row `source` to row `row`.
    func copy(row source: Int, to row: Int) {
        for index in 0..<rowWidth {
            texts[row * rowWidth + index] = texts[source * rowWidth + index]
        }
    }

    /// The runtime's value with the first `rows` rows.
    func pointer(rows: Int) throws(OnnxError) -> OpaquePointer {
        let value: OnnxValue
        if let kept = values[rows] {
            value = kept
        } else {
            value = try OnnxValue(
                texts: runtime,
                dimensions: isBatched ? [rows] + rowDimensions : rowDimensions
            )
            if values.count >= Self.keptValues { values.removeAll(keepingCapacity: true) }
            values[rows] = value
        }
        for index in 0..<rows * rowWidth { try value.fill(index, with: texts[index]) }
        return value.pointer
    }
}
