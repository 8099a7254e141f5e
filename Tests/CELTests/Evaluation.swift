// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL

/// What an expression gives with the bindings, whose types the checker takes from their values.
func evaluated(
    _ source: String,
    with bindings: KeyValuePairs<String, Value> = [:],
    costLimit: Int = Limits.cost
) throws -> Value {
    let environment = Environment(
        variables: bindings.map { ($0.key, .dyn) },
        zones: .system
    )
    let compilation = environment.compile(source, expecting: nil)
    guard let program = compilation.program else {
        throw compilation.problems.first ?? Problem(offset: 0, length: 0, message: "no program")
    }
    let frame = environment.makeFrame()
    frame.costLimit = costLimit
    for (slot, binding) in bindings.enumerated() {
        frame.set(slot, binding.value)
    }
    return try program.evaluate(frame)
}

/// The code of the error that evaluating gives, or nil.
func failure(
    _ source: String,
    with bindings: KeyValuePairs<String, Value> = [:],
    costLimit: Int = Limits.cost
) throws -> EvaluationError.Code? {
    do {
        _ = try evaluated(source, with: bindings, costLimit: costLimit)
        return nil
    } catch let error as EvaluationError {
        return error.code
    }
}

/// The problems of a condition over the variables of a policy.
func problems(_ source: String) -> [Problem] {
    let environment = Environment(variables: [
        ("confidence", .double), ("threshold", .double), ("label", .string),
        ("cloud.up", .bool), ("cloud.p95", .duration), ("deadline.left", .duration),
        ("probabilities", .map(.string, .double)), ("payload", .dyn), ("now", .timestamp),
    ])
    return environment.compile(source).problems
}
