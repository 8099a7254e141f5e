// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Emitter {
    /// `&&` (until false) and `||` (until true).
    ///
    /// The deciding value wins over errors on either side of it; without one the first error counts.
    func logic(_ terms: [Term<Bool>], until decisive: Bool) -> Code {
        guard terms.count <= 4, let first = terms.first else {
            return .bool(.code(Emitter.chain(terms, decisive)))
        }
        let whole = terms.dropFirst().reduce(first) { Emitter.pair($0, $1, decisive) }
        return .bool(.code(whole.bits))
    }

    private static func pair(
        _ left: Term<Bool>,
        _ right: Term<Bool>,
        _ decisive: Bool
    ) -> Term<Bool> {
        Term { frame throws(EvaluationError) in
            let first: Bool
            do throws(EvaluationError) {
                first = try left(frame)
            } catch {
                return try absorbing(error, right, frame, decisive).bits
            }
            return first == decisive ? decisive.bits : try right.bits(frame)
        }
    }

    /// What remains of an error once the other side is known.
    @inline(never)
    private static func absorbing(
        _ error: EvaluationError,
        _ other: Term<Bool>,
        _ frame: Frame,
        _ decisive: Bool
    ) throws(EvaluationError) -> Bool {
        // Running out is never absorbed, otherwise nothing would end the evaluation.
        if error.code == .cost { throw error }
        let isDecided: Bool
        do throws(EvaluationError) {
            isDecided = try other(frame) == decisive
        } catch let second {
            throw second.code == .cost ? second : error
        }
        guard isDecided else { throw error }
        return decisive
    }

    private static func chain(_ terms: [Term<Bool>], _ decisive: Bool) -> BitsCode {
        { frame throws(EvaluationError) in
            var failure: EvaluationError?
            for term in terms {
                do throws(EvaluationError) {
                    if try term(frame) == decisive { return decisive.bits }
                } catch {
                    if error.code == .cost { throw error }
                    failure = failure ?? error
                }
            }
            if let failure { throw failure }
            return (!decisive).bits
        }
    }
}
