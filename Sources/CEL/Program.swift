// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A compiled condition: closures over the slots of a ``Frame``.
///
/// Conditions on scalars run without look-ups and without allocation.
public struct Program: Sendable {
    /// The source it was compiled from.
    public let source: String
    /// The slots it may read, in rising order.
    public let variables: [Int]
    /// The type of its result; `dyn` where only the run can tell.
    public let resultType: CELType

    /// What an evaluation costs at least and at most, by the table that the meter reads too.
    ///
    /// True for frames that hold what the environment declares. An evaluation that fails may cost
    /// less than the minimum; one that would cost more than ``Frame/costLimit`` fails.
    public let estimate: CostEstimate

    /// What the slow paths read.
    private let record: Record
    let localCount: Int
    private let variableCount: Int
    private let condition: Term<Bool>
    private let expression: ValueCode

    init(_ typed: TypedNode, source: String, environment: Environment, localCount: Int) {
        self.source = source
        self.localCount = localCount
        variableCount = environment.names.count
        resultType = typed.type
        variables = typed.slots(below: environment.names.count).sorted()
        record = Record(tree: typed, environment: environment)
        var estimator = Estimator(environment: environment)
        estimate = estimator.estimate(typed).cost
        let code = Emitter(zones: environment.zones).emit(typed)
        condition = code.boolean
        expression = code.boxed
    }

    /// The tree as the source has it.
    var tree: TypedNode { record.tree }
    var environment: Environment { record.environment }

    /// The value with the variables as `frame` has them.
    public func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        try begin(frame)
        return try expression(frame)
    }

    /// Whether the condition holds; a result that is no bool is an error.
    public func holds(_ frame: Frame) throws(EvaluationError) -> Bool {
        try begin(frame)
        return try condition(frame)
    }

    /// The same question without the rest of the program, for whoever asks it of every message.
    public var test: Test {
        Test(condition: condition, localCount: localCount, variableCount: variableCount)
    }

    /// What answers whether a program's condition holds; small, because it is copied to be asked.
    public struct Test: Sendable {
        let condition: Term<Bool>
        let localCount: Int
        let variableCount: Int

        /// Whether the condition holds; a result that is no bool is an error.
        public func callAsFunction(_ frame: Frame) throws(EvaluationError) -> Bool {
            guard frame.variableCount == variableCount else {
                throw EvaluationError(
                    code: .frame,
                    message:
                        "the frame has \(frame.variableCount) variables, not \(variableCount)"
                )
            }
            frame.begin(localCount: localCount)
            return try condition(frame)
        }
    }

    /// The value with the variables as `frame` has them, while another program of that frame runs.
    ///
    /// What a slot's lazy source may call: the variables of both programs' macros are kept apart, and
    /// the cost counts towards the evaluation that reads the slot.
    public func evaluate(within frame: Frame) throws(EvaluationError) -> Value {
        try check(frame)
        return try frame.within(localCount: localCount) { frame throws(EvaluationError) in
            try expression(frame)
        }
    }

    @inline(__always)
    func begin(_ frame: Frame) throws(EvaluationError) {
        try check(frame)
        frame.begin(localCount: localCount)
    }

    @inline(__always)
    private func check(_ frame: Frame) throws(EvaluationError) {
        guard frame.variableCount == variableCount else {
            throw EvaluationError(
                code: .frame,
                message: "the frame has \(frame.variableCount) variables, not \(variableCount)"
            )
        }
    }

    /// What conditions were compiled from; by reference, so that programs stay small.
    private final class Record: Sendable {
        let tree: TypedNode
        let environment: Environment

        init(tree: TypedNode, environment: Environment) {
            self.tree = tree
            self.environment = environment
        }
    }
}
