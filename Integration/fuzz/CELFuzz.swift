// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL

// Fuzz target of the CEL module, for libFuzzer (see run.sh). An input is a byte that chooses the
// frame and how to compile, and then the source; bytes that are no UTF-8 are repaired.

/// What one evaluation may cost here: enough to reach every path, little enough to run many.
private let costLimit = 20_000

/// Numbers, texts and containers at the edges of their ranges.
private let oddValues: [Value] = [
    .null, .bool(true), .int(.min), .int(.max), .int(-1), .int(0), .uint(.max), .uint(0),
    .double(.nan), .double(.infinity), .double(-0.0), .double(1e308),
    .double(.leastNonzeroMagnitude),
    .string(""), .string("ab\u{0}é\u{1F600}e\u{301}"), .string(String(repeating: "a", count: 300)),
    .bytes([]), .bytes([0xFF, 0xC3, 0x28, 0]), .list([]), .map(.empty),
    .list([.null, .int(1), .double(.nan), .string("x"), .list([.uint(1)])]),
    .map(ValueMap(fields: [("a", .int(1)), ("k", .string("v")), ("m", .map(.empty))])),
    .list((0..<60).map { .int($0) }), .timestamp(Timestamp(seconds: .max)),
    .timestamp(Timestamp(seconds: .min, nanoseconds: 1)), .duration(nanoseconds: .min),
    .duration(nanoseconds: .max), .type("int"), .string("Europe/Berlin"), .string("(a+)+$"),
]

private let variables: [(name: String, type: CELType)] = [
    ("a", .int), ("b.c", .double), ("b.d", .list(.dyn)), ("m", .dyn), ("s", .string),
    ("t", .timestamp), ("d", .duration), ("p", .map(.string, .double)), ("u", .uint), ("y", .bytes),
]

/// What the target keeps from run to run: it runs on one thread.
private struct Rig {
    let environments: [Environment]
    let frames: [Frame]

    init() {
        environments = [
            Environment(variables: variables, zones: .system),
            Environment(variables: variables, container: "b.x", zones: .system, checksTypes: false),
        ]
        frames = environments.map { $0.makeFrame() }
        for frame in frames { frame.costLimit = costLimit }
    }

    /// Fills the slots: as declared, with anything, or not at all.
    func fill(_ frame: Frame, choice: Int) {
        frame.reset()
        switch choice % 4 {
        case 0:
            let declared: [Value] = [
                .int(7), .double(0.5), oddValues[20], oddValues[21], oddValues[14],
                .timestamp(Timestamp(seconds: 1_700_000_000)),
                .duration(nanoseconds: 1_500_000_000),
                .map(ValueMap(fields: [("a", .double(1.5))])), .uint(3), .bytes([65, 255]),
            ]
            for (slot, value) in declared.enumerated() { frame.set(slot, value) }
        case 1:
            for slot in variables.indices {
                frame.set(slot, oddValues[(choice / 4 + slot * 7) % oddValues.count])
            }
        case 2:
            for slot in variables.indices where slot % 2 == 0 {
                frame.setLazy(slot) { oddValues[(choice / 4 + slot) % oddValues.count] }
            }
        default: break
        }
    }
}

nonisolated(unsafe) private let rig = Rig()

private func check(_ condition: Bool, _ what: String) {
    if !condition { fatalError("broken promise: \(what)") }
}

/// Compiles and evaluates one input; libFuzzer calls it on one thread.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    let bytes = UnsafeBufferPointer(start: start, count: count)
    let choice = Int(bytes[0])
    var source = String(decoding: bytes.dropFirst(), as: UTF8.self)
    // A bomb now and then: a short piece as often as the longest source holds it, and once more.
    if choice == 0xFF, count <= 12 {
        source = String(repeating: source, count: Limits.sourceLength / count + 2)
    }
    let isChecked = choice & 1 == 0
    let environment = rig.environments[isChecked ? 0 : 1]
    let frame = rig.frames[isChecked ? 0 : 1]
    let compilation = environment.compile(source, expecting: nil)
    let length = source.unicodeScalars.count
    for problem in compilation.problems {
        check(
            problem.offset >= 0 && problem.length >= 0 && problem.offset + problem.length <= length,
            "a problem lies inside the source"
        )
    }
    check((compilation.program == nil) != compilation.problems.isEmpty, "a program or problems")
    guard let program = compilation.program else { return 0 }
    let isDeclared = (choice / 2) % 4 == 0
    rig.fill(frame, choice: choice / 2)
    var text = "nothing"
    do {
        let value = try program.evaluate(frame)
        text = value.description
        if isDeclared, isChecked {
            check(
                frame.spent >= program.estimate.minimum,
                "no evaluation is cheaper than estimated"
            )
        }
        _ = value.isEqual(to: value)
    } catch {
        text = error.explained
    }
    if isDeclared, isChecked, let most = program.estimate.maximum, frame.spent <= costLimit {
        check(frame.spent <= most, "no evaluation is dearer than estimated")
    }
    // Lazy slots and the order of evaluation stay as they are, so that both must agree.
    if choice / 2 % 4 != 2 {
        let shown =
            switch program.explain(frame).outcome {
            case .value(let value): value.description
            case .failed(let error): error.explained
            case .skipped: "skipped"
            }
        check(shown == text, "an explanation says what the evaluation says: \(shown), \(text)")
    }
    _ = try? program.holds(frame)
    return 0
}
