// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import COnnxRuntime
import Vocabulary

extension OnnxSession {
    /// One run: `inputs` in the model's order, `outputs` where `outputNames` says, made beforehand
    /// or nil.
    ///
    /// Blocks for as long as the model takes, and not much longer than `limit`.
    func run(
        inputs: [OpaquePointer?],
        outputNames: [UnsafePointer<CChar>?],
        outputs: inout [OpaquePointer?],
        under runGuard: RunGuard,
        limit: Interval
    ) throws(OnnxError) {
        runGuard.arm(limit: limit)
        let status = sluice_ort_run(
            runtime.api,
            pointer,
            runGuard.options,
            inputNames,
            inputs,
            inputs.count,
            outputNames,
            outputNames.count,
            &outputs
        )
        let isEnded = runGuard.disarm()
        do throws(OnnxError) {
            try runtime.check(status)
        } catch {
            guard isEnded else { throw error }
            let limit = Int64(limit.milliseconds)
            throw OnnxError(.overBudget, "the run was ended after \(limit) ms, far over budget")
        }
    }
}

/// A stretch of memory for one tensor of one lane, reused from run to run.
///
/// The runtime's value over it is kept too, and made anew only when the number of rows changes.
final class TensorMemory<Element: BitwiseCopyable> {
    private let runtime: OnnxRuntime
    private let element: TensorElement
    private let rowDimensions: [Int]
    private let rowWidth: Int
    private let memory: UnsafeMutableBufferPointer<Element>
    private var value: OnnxValue?
    private var valueRows = -1

    /// Makes room for `rows` rows of `rowDimensions` elements.
    init(
        runtime: OnnxRuntime,
        element: TensorElement,
        rowDimensions: [Int],
        rows: Int,
        filledWith filling: Element
    ) {
        self.runtime = runtime
        self.element = element
        self.rowDimensions = rowDimensions
        rowWidth = rowDimensions.reduce(1, *)
        memory = .allocate(capacity: rows * rowWidth)
        memory.initialize(repeating: filling)
    }

    deinit {
        memory.deallocate()
    }

    /// The elements of `row`.
    subscript(row: Int) -> UnsafeMutableBufferPointer<Element> {
        UnsafeMutableBufferPointer(
            rebasing: memory[row * rowWidth..<(row + 1) * rowWidth]
        )
    }

    /// The runtime's value over the first `rows` rows.
    func pointer(rows: Int) throws(OnnxError) -> OpaquePointer {
        if let value, valueRows == rows { return value.pointer }
        let elements = UnsafeMutableBufferPointer(rebasing: memory[..<(rows * rowWidth)])
        let value = try OnnxValue(
            runtime: runtime,
            over: UnsafeMutableRawBufferPointer(elements),
            element: element,
            dimensions: [rows] + rowDimensions
        )
        self.value = value
        valueRows = rows
        return value.pointer
    }
}
