// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL

/// A named expression in one evaluator's frame: its slot's lazy source.
///
/// The frame remembers a value; a failure is remembered here, so that neither is worked out twice.
final class LetCell {
    let slot: Int
    let program: Program
    private var failure: EvaluationError?
    // The frame belongs to the evaluator, which owns the cells.
    private unowned let frame: Frame

    init(_ expression: NamedExpression, frame: Frame) {
        slot = expression.slot
        program = expression.program
        self.frame = frame
    }

    /// What the slot asks; made once, because making it anew for every reading would allocate.
    var source: () throws -> Value {
        { [self] in try value() }
    }

    /// Forgets the last reading.
    func begin() {
        failure = nil
    }

    private func value() throws(EvaluationError) -> Value {
        if let failure { throw failure }
        do throws(EvaluationError) {
            return try program.evaluate(within: frame)
        } catch {
            failure = error
            throw error
        }
    }
}
