// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Emitter {
    /// `&&` (until false) and `||` (until true).
    ///
    /// The deciding value wins over errors on either side of it; without one the first error counts.
    func logic(_ terms: [BoolCode], until decisive: Bool) -> Code {
        switch terms.count {
        case 2: .bool(.code(Emitter.pair(terms[0], terms[1], decisive)))
        case 3:
            .bool(.code(Emitter.triple(terms[0], terms[1], terms[2], decisive)))
        default: .bool(.code(Emitter.chain(terms, decisive)))
        }
    }

    private static func pair(
        _ left: @escaping BoolCode,
        _ right: @escaping BoolCode,
        _ decisive: Bool
    ) -> BoolCode {
        { frame throws(EvaluationError) in
            let first: Bool
            do throws(EvaluationError) {
                first = try left(frame)
            } catch {
                return try absorbing(error, right, frame, decisive)
            }
            return first == decisive ? decisive : try right(frame)
        }
    }

    private static func triple(
        _ first: @escaping BoolCode,
        _ second: @escaping BoolCode,
        _ third: @escaping BoolCode,
        _ decisive: Bool
    ) -> BoolCode {
        pair(pair(first, second, decisive), third, decisive)
    }

    /// What remains of an error once the other side is known.
    @inline(never)
    private static func absorbing(
        _ error: EvaluationError,
        _ other: BoolCode,
        _ frame: Frame,
        _ decisive: Bool
    ) throws(EvaluationError) -> Bool {
        let isDecided: Bool
        do throws(EvaluationError) {
            isDecided = try other(frame) == decisive
        } catch let second {
            // Running out is never absorbed, otherwise nothing would end the evaluation.
            throw second.code == .cost ? second : error
        }
        guard isDecided, error.code != .cost else { throw error }
        return decisive
    }

    private static func chain(_ terms: [BoolCode], _ decisive: Bool) -> BoolCode {
        { frame throws(EvaluationError) in
            var failure: EvaluationError?
            for term in terms {
                do throws(EvaluationError) {
                    if try term(frame) == decisive { return decisive }
                } catch {
                    if error.code == .cost { throw error }
                    failure = failure ?? error
                }
            }
            if let failure { throw failure }
            return !decisive
        }
    }
}
