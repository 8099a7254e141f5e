// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension OnnxLane {
    /// Puts readings whose every number is a field by itself straight into the tensors, as rows from
    /// `first` on.
    ///
    /// `places` says which of `rows` they are. Stops at the first that lacks a number, or has one that is
    /// not finite; answers how many it has put.
    func put(
        _ columns: PlainColumns,
        _ readings: ReadingBatch,
        _ rows: [Int],
        _ places: ArraySlice<ModelRun.Place>,
        from first: Int
    ) -> Int {
        let widths = columns.widths
        return withUnsafeTemporaryAllocation(
            of: UnsafeMutablePointer<Float>.self,
            capacity: widths.count
        ) { targets in
            for input in widths.indices {
                guard case .numbers(let memory) = inputs[input] else { return 0 }
                // The last one first: the memory grows, and moves, once.
                _ = memory.base(of: first + places.count - 1)
                let target = memory.base(of: first).assumingMemoryBound(to: Float.self)
                targets.initializeElement(at: input, to: target)
            }
            let width = readings.fieldCount
            return readings.fields.withUnsafeBufferPointer { fields in
                columns.slots.withUnsafeBufferPointer { slots in
                    var count = 0
                    for place in places {
                        let start = rows[place.row] * width
                        var column = 0
                        for input in targets.indices {
                            let target = targets[input]
                            for index in 0..<widths[input] {
                                let field = fields[start &+ slots[column]]
                                let number: Float
                                // In this order: nearly all are numbers.
                                if case .number(let value) = field {
                                    number = Float(value)
                                } else if case .flag(let flag) = field {
                                    number = flag ? 1 : 0
                                } else {
                                    return count
                                }
                                guard number.isFinite else { return count }
                                target[index] = number
                                column &+= 1
                            }
                            targets[input] = target + widths[input]
                        }
                        count += 1
                    }
                    return count
                }
            }
        }
    }
}
