// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CAllocations
import CEL

// One round of the CEL benchmark: a line `name <tab> ns a run <tab> allocations a run` a condition.
// Every run fills one slot first, as a message would.

let environment = Environment(variables: [
    ("confidence", .double), ("threshold", .double), ("cloud.up", .bool),
    ("cloud.p95", .duration), ("deadline.left", .duration), ("label", .string), ("payload", .dyn),
    ("tired", .bool), ("samples", .list(.double)),
])

let frame = environment.makeFrame()
frame.set(1, double: 0.8)
frame.set(2, bool: true)
frame.set(3, nanoseconds: 80_000_000)
frame.set(4, nanoseconds: 200_000_000)
frame.set(5, "fault")
frame.set(6, .map(ValueMap(fields: [("t", 21.5), ("tags", .list(["hot", "new"]))])))
frame.set(7, bool: true)
frame.set(8, .list((0..<64).map { .double(Double($0)) }))

func measure(_ name: String, runs: Int, _ body: (Int) throws -> Void) rethrows {
    for index in 0..<(runs / 10) { try body(index) }
    let before = celbench_allocations()
    let start = ContinuousClock.now
    for index in 0..<runs { try body(index) }
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    let nanoseconds = Double(seconds) * 1e9 + Double(attoseconds) / 1e9
    let allocations = Double(celbench_allocations() - before) / Double(runs)
    print(name, nanoseconds / Double(runs), allocations, separator: "\t")
}

func program(_ source: String) -> Program {
    let compilation = environment.compile(source, expecting: nil)
    guard let program = compilation.program else { fatalError("\(compilation.problems)") }
    return program
}

let conditions = [
    "confidence >= threshold && cloud.up && cloud.p95 < deadline.left",
    "confidence >= threshold",
    "label == \"fault\" && confidence > 0.5",
    "confidence * 2.0 + 1.0 > threshold / 3.0 ? cloud.up : tired",
    "tired && confidence > 0.5 || tired && cloud.up",
    "payload.t * 1.8 + 32.0 > 60.0",
    "samples.exists(s, s > 60.0)",
]
var held = 0
for source in conditions {
    let program = program(source)
    try measure("holds\t\(source)", runs: source.contains("exists") ? 20_000 : 1_000_000) { index in
        frame.set(0, double: Double(index & 1023) / 512 + 0.7)
        if try program.holds(frame) { held += 1 }
    }
}
for source in [conditions[0], "confidence * 2.0 + 1.0", "label + \"/\" + string(confidence)"] {
    let program = program(source)
    try measure("evaluate\t\(source)", runs: 200_000) { index in
        frame.set(0, double: Double(index & 1023) / 512 + 0.7)
        if case .null = try program.evaluate(frame) { held += 1 }
    }
}
// So that nothing is optimised away.
print("held\t\(held)\t0\t0")
