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
        inputs: UnsafeBufferPointer<OpaquePointer?>,
        outputNames: [UnsafePointer<CChar>?],
        outputs: UnsafeMutableBufferPointer<OpaquePointer?>,
        under runGuard: RunGuard,
        limit: Interval
    ) throws(OnnxError) {
        runGuard.arm(limit: limit)
        let status = sluice_ort_run(
            runtime.api,
            pointer,
            runGuard.options,
            inputNames,
            inputs.baseAddress,
            inputs.count,
            outputNames,
            outputNames.count,
            outputs.baseAddress
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

    /// The same with arrays, for runs that are few.
    func run(
        inputs: [OpaquePointer?],
        outputNames: [UnsafePointer<CChar>?],
        outputs: inout [OpaquePointer?],
        under runGuard: RunGuard,
        limit: Interval
    ) throws(OnnxError) {
        let status = inputs.withUnsafeBufferPointer { inputs in
            outputs.withUnsafeMutableBufferPointer { outputs in
                Result { () throws(OnnxError) in
                    try run(
                        inputs: inputs,
                        outputNames: outputNames,
                        outputs: outputs,
                        under: runGuard,
                        limit: limit
                    )
                }
            }
        }
        try status.get()
    }
}
