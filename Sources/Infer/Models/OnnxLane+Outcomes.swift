// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension OnnxLane {
    /// Tells `take` what the last run said of each of the first `rows` rows, in their order.
    ///
    /// The same as `outcome(row:)`; labels and values that lie side by side are read in one go.
    func outcomes(rows: Int, _ take: (Int, consuming Finding.Outcome) -> Void) {
        switch model.answer {
        case .classification(let reading, _):
            guard let numbers = outputs[0].floats(rows: rows) else { break }
            return reading.outcomes(numbers, rows: rows, sharing: &shares, take)
        case .value(_, let index):
            guard rows > 0, let numbers = outputs[0].floats(rows: rows) else { break }
            let width = numbers.count / rows
            guard index < width else { break }
            for row in 0..<rows { take(row, Self.outcome(Double(numbers[row * width + index]))) }
            return
        case .scoreMap, .label, .detections: break
        }
        for row in 0..<rows { take(row, outcome(row: row)) }
    }

    private static func outcome(_ value: Double?) -> Finding.Outcome {
        guard let value, value.isFinite else {
            return .failed(reason: "the model gave no finite number")
        }
        return .value(value)
    }

    /// What the last run said of `row`.
    ///
    /// A number that is not finite, a shape or a class that the model did not announce is a failed
    /// outcome.
    func outcome(row: Int) -> Finding.Outcome {
        do throws(OnnxError) {
            return try answer(row: row)
        } catch {
            return .failed(reason: error.message)
        }
    }

    private func answer(row: Int) throws(OnnxError) -> Finding.Outcome {
        switch model.answer {
        case .classification(let reading, _):
            return classification(reading, try outputs[0].row(row))
        case .scoreMap(let reading, let map, let names, _):
            return try scores(reading, map, names, row)
        case .label(let reading, let output):
            if output.element == .text { return reading.outcome(try outputs[0].text(row)) }
            let found = try outputs[0].row(row)
            guard found.count == 1 else { return .failed(reason: "the model gave no one label") }
            return reading.outcome(found.element.whole(found.memory, at: 0))
        case .value(_, let index):
            let found = try outputs[0].row(row)
            guard index < found.count else {
                return .failed(reason: "the model gave \(found.count) numbers")
            }
            answerNumbers.removeAll(keepingCapacity: true)
            let size = found.element.byteCount ?? 0
            found.element.append(found.memory + index * size, count: 1, to: &answerNumbers)
            return Self.outcome(answerNumbers.first)
        case .detections(let reading, _, let scores, let classes):
            return try detections(reading, row, scores != nil, classes != nil)
        }
    }

    private func classification(
        _ reading: ClassificationReader,
        _ row: OutputMemory.Row
    ) -> Finding.Outcome {
        let count = row.count
        if row.element == .float32 {
            let numbers = row.memory.assumingMemoryBound(to: Float.self)
            return reading.outcome(UnsafeBufferPointer(start: numbers, count: count))
        }
        answerNumbers.removeAll(keepingCapacity: true)
        row.element.append(row.memory, count: count, to: &answerNumbers)
        return answerNumbers.withUnsafeBufferPointer { reading.outcome($0) }
    }

    private func scores(
        _ reading: ClassificationReader,
        _ map: ScoreMap,
        _ names: ClassNames,
        _ row: Int
    ) throws(OnnxError) -> Finding.Outcome {
        let scores = try outputs[0].scores(row, of: map)
        return try reading.outcome(scores.keys, scores.scores, names, &answerNumbers)
    }

    private func detections(
        _ reading: DetectionReader,
        _ row: Int,
        _ hasScores: Bool,
        _ hasClasses: Bool
    ) throws(OnnxError) -> Finding.Outcome {
        var rows = [try outputs[0].row(row)]
        if hasScores { rows.append(try outputs[1].row(row)) }
        if hasClasses { rows.append(try outputs[hasScores ? 2 : 1].row(row)) }
        // Numbers of another kind are copied as 32-bit ones; those that are lie where they are.
        for (index, row) in rows.enumerated() where row.element != .float32 {
            answerFloats[index].removeAll(keepingCapacity: true)
            row.element.append(row.memory, count: row.count, to: &answerFloats[index])
        }
        return answerFloats[0].withUnsafeBufferPointer { first in
            answerFloats[1].withUnsafeBufferPointer { second in
                answerFloats[2].withUnsafeBufferPointer { third in
                    detections(reading, rows, [first, second, third], hasScores, hasClasses)
                }
            }
        }
    }

    private func detections(
        _ reading: DetectionReader,
        _ rows: [OutputMemory.Row],
        _ copies: [UnsafeBufferPointer<Float>],
        _ hasScores: Bool,
        _ hasClasses: Bool
    ) -> Finding.Outcome {
        func grid(_ index: Int, _ columns: Int?) -> DetectionReader.Grid? {
            let row = rows[index]
            let floats =
                row.element == .float32
                ? row.memory.assumingMemoryBound(to: Float.self) : copies[index].baseAddress
            return floats.flatMap {
                DetectionReader.Grid($0, row.dimensions, columns: columns)
            }
        }
        let wanted: Int?
        switch reading.layout {
        case .separate: wanted = 4
        case .yolo: wanted = reading.labels.isEmpty ? nil : 4 + reading.labels.count
        case .yolo5: wanted = reading.labels.isEmpty ? nil : 5 + reading.labels.count
        case .final: wanted = 6
        }
        // None at all is an answer.
        if rows[0].count == 0 { return .detections([]) }
        guard let boxes = grid(0, wanted) else {
            return .failed(reason: "the model gave boxes of the shape \(rows[0].dimensions)")
        }
        return reading.outcome(
            boxes: boxes,
            scores: hasScores ? grid(1, nil) : nil,
            classes: hasClasses ? grid(rows.count - 1, nil) : nil,
            scratch: &detectionScratch
        )
    }
}

extension DetectionReader.Grid {
    /// A table of `dimensions`, dimensions of 1 aside; `columns` tells which of two is the columns.
    ///
    /// Without it the shorter side is the columns of three or more numbers a row, and a list is one
    /// column. nil when the shape is no such table.
    init?(_ base: UnsafePointer<Float>, _ dimensions: [Int], columns: Int?) {
        var sides = dimensions
        while sides.count > 2, let one = sides.firstIndex(of: 1) { sides.remove(at: one) }
        switch sides.count {
        case 0:
            self.init(base: base, rows: 1, columns: 1, rowStride: 1, columnStride: 1)
        case 1:
            // A list of scores; or the one box, where a row has several columns.
            let isRow = columns.map { $0 == sides[0] && $0 > 1 } ?? false
            self.init(
                base: base,
                rows: isRow ? 1 : sides[0],
                columns: isRow ? sides[0] : 1,
                rowStride: 1,
                columnStride: 1
            )
        case 2:
            let isTransposed = columns.map { sides[1] != $0 && sides[0] == $0 } ?? false
            if let columns, sides[0] != columns, sides[1] != columns { return nil }
            if isTransposed {
                self.init(
                    base: base,
                    rows: sides[1],
                    columns: sides[0],
                    rowStride: 1,
                    columnStride: sides[1]
                )
            } else {
                self.init(
                    base: base,
                    rows: sides[0],
                    columns: sides[1],
                    rowStride: sides[1],
                    columnStride: 1
                )
            }
        default:
            return nil
        }
    }
}

extension ClassificationReader {
    /// Reads one row of scores by class.
    func outcome(
        _ keys: OnnxValue,
        _ scores: OnnxValue,
        _ names: ClassNames,
        _ scratch: inout [Double]
    ) throws(OnnxError) -> Finding.Outcome {
        let runtime = keys.runtime
        let keyView = OnnxTensorView(runtime: runtime, pointer: keys.pointer)
        let scoreView = OnnxTensorView(runtime: runtime, pointer: scores.pointer)
        let (keyElement, keyDimensions) = try keyView.shape()
        let (element, dimensions) = try scoreView.shape()
        let count = labels.count
        guard keyDimensions.reduce(1, *) == count, dimensions.reduce(1, *) == count,
            let element, count > 0
        else {
            throw OnnxError(
                .badTensor,
                "the model gave \(keyDimensions.reduce(1, *)) scores for \(count) labels"
            )
        }
        scratch.removeAll(keepingCapacity: true)
        element.append(try scoreView.elements(), count: count, to: &scratch)
        var ordered = [Double](repeating: .nan, count: count)
        for index in 0..<count {
            let place: Int?
            if keyElement == .text {
                place = names[try keyView.text(at: index)]
            } else {
                place = keyElement?.whole(try keyView.elements(), at: index).flatMap { names[$0] }
            }
            guard let place, place < count else {
                throw OnnxError(.badTensor, "the model gave a class it has no label for")
            }
            ordered[place] = scratch[index]
        }
        return ordered.withUnsafeBufferPointer { outcome($0) }
    }
}
