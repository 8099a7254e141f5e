// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The readings that one policy's specification found in a batch, stored by column.
///
/// Owned by one thread and reused; `fields` holds `fieldCount` slots for each row.
public struct ReadingBatch: Sendable {
    /// What every reading has beside its fields.
    public struct Row: Sendable {
        /// Which message of the batch it came from.
        public var message: Int
        /// Its place among the readings of that message, from 0.
        public var index: Int
        /// The device it is about.
        public var device: String
        /// The device's own time, where it sent one.
        public var deviceTime: WallTime?
        /// The device's own counter, where it sent one.
        public var sequence: Int64?

        /// Makes a row.
        public init(
            message: Int,
            index: Int,
            device: String,
            deviceTime: WallTime?,
            sequence: Int64?
        ) {
            self.message = message
            self.index = index
            self.device = device
            self.deviceTime = deviceTime
            self.sequence = sequence
        }
    }

    /// How many slots each row has.
    public let fieldCount: Int
    /// The readings in the order of their messages.
    public private(set) var rows: [Row] = []
    /// The values, row after row.
    public private(set) var fields: [FieldValue] = []
    /// The numbers of all `.samples` values, one after the other.
    public private(set) var samples: [Double] = []
    /// The bytes of all `.bytes` values, one after the other.
    public private(set) var bytes: [UInt8] = []

    /// Makes an empty batch for readings of `fieldCount` fields.
    public init(fieldCount: Int) {
        self.fieldCount = fieldCount
    }

    /// The number of readings.
    public var count: Int { rows.count }

    /// The value of `slot` in reading `row`.
    public subscript(row: Int, slot: Int) -> FieldValue {
        fields[row * fieldCount + slot]
    }

    /// The reading `row` by itself; nil for one with a series or a file, which may be long.
    public func alone(_ row: Int) -> ReadingBatch? {
        let values = fields[row * fieldCount..<(row + 1) * fieldCount]
        let isShort = values.allSatisfy { value in
            switch value {
            case .samples, .bytes: false
            case .absent, .number, .text, .flag: true
            }
        }
        guard isShort else { return nil }
        var alone = ReadingBatch(fieldCount: fieldCount)
        alone.append(rows[row], values: values)
        return alone
    }

    /// Appends a reading; `values` has one value a slot, its `.samples` ranges already placed by `appendSamples`.
    public mutating func append(_ row: Row, values: ArraySlice<FieldValue>) {
        precondition(values.count == fieldCount, "one value a slot")
        rows.append(row)
        fields.append(contentsOf: values)
    }

    /// The same with values of their own.
    public mutating func append(_ row: Row, values: [FieldValue]) {
        append(row, values: values[...])
    }

    /// Begins a reading whose values are put in their slots one by one: they hold nothing yet.
    ///
    /// `close` makes it one of the readings, the one begun first before the others; `takeBack` forgets it.
    /// Returns where its slots begin in `fields`.
    public mutating func begin() -> Int {
        let start = fields.count
        for _ in 0..<fieldCount { fields.append(.absent) }
        return start
    }

    /// Puts a value at a place of `fields` that belongs to a reading that was begun.
    public mutating func put(_ value: FieldValue, at place: Int) {
        fields[place] = value
    }

    /// Makes the slots that were begun first, of those that are no reading yet, the reading `row`.
    public mutating func close(_ row: Row) {
        precondition((rows.count + 1) * fieldCount <= fields.count, "begun before")
        rows.append(row)
    }

    /// Takes back the readings that were begun and not closed, when their message does not decode.
    public mutating func takeBack() {
        fields.removeLast(fields.count - rows.count * fieldCount)
    }

    /// Moves the device times of the readings from `row` on, and their counters by `steps`.
    public mutating func shift(from row: Int, by interval: Interval, steps: Int64) {
        for index in row..<rows.count {
            rows[index].deviceTime = rows[index].deviceTime.map { $0 + interval }
            rows[index].sequence = rows[index].sequence.map { $0 &+ steps }
        }
    }

    /// Puts a value where reading `row` has none: one that belongs to it and came by another message.
    public mutating func fill(row: Int, slot: Int, with value: FieldValue) {
        fields[row * fieldCount + slot] = value
    }

    /// Places one number of a series; returns its position.
    @discardableResult
    public mutating func appendSample(_ value: Double) -> Int {
        samples.append(value)
        return samples.count - 1
    }

    /// Takes back the samples placed after `count` of them, when the reading they belong to does not decode.
    public mutating func truncateSamples(to count: Int) {
        samples.removeLast(samples.count - count)
    }

    /// Places the bytes of a file; returns where they lie.
    public mutating func appendBytes(_ file: UnsafeRawBufferPointer) -> Range<Int> {
        let start = bytes.count
        bytes.append(contentsOf: file)
        return start..<bytes.count
    }

    /// Takes back the bytes placed after `count` of them, when the reading they belong to does not decode.
    public mutating func truncateBytes(to count: Int) {
        bytes.removeLast(bytes.count - count)
    }

    /// Empties it and keeps its memory, but for more than `bytesLimit` bytes of files.
    ///
    /// One burst of large frames must not hold its memory for ever on a small box.
    public mutating func reset(bytesLimit: Int = 4 << 20) {
        rows.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        samples.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: bytes.capacity <= bytesLimit)
    }
}
