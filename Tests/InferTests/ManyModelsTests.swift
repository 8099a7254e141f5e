// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing
import Vocabulary

@testable import Infer

/// The ONNX Runtime needed here is the shared library named by `SLUICE_ONNXRUNTIME`.
@Suite(.enabled(if: OnnxTestLibrary.path != nil, "SLUICE_ONNXRUNTIME names no libonnxruntime.so"))
struct `Models of every kind` {
    @Test(
        arguments: [
            "float32", "float64", "float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8",
            "uint16", "uint32", "uint64",
        ]
    )
    func `take and give every kind of number`(_ kind: String) throws {
        let asked = try ManyModels.lane(
            "value-\(kind)",
            "inputs: { x: [a] }\noutputs: { value: y }",
            ["a"]
        )
        #expect(asked.values([[.number(3)], [.number(100)]]) == [3, 100])
        let isWhole = kind.contains("int")
        #expect(asked.values([[.number(0.5)]]) == [isWhole ? nil : 0.5])
        if kind == "uint8" {
            #expect(asked.values([[.number(-1)], [.number(256)]]) == [nil, nil])
        }
        // A 32-bit number would hold neither.
        if kind == "int64" || kind == "float64" {
            #expect(asked.values([[.number(16_777_217)]]) == [16_777_217])
        }
    }

    @Test func `takes truth values, and nothing else for one`() throws {
        let asked = try ManyModels.lane(
            "value-bool",
            "inputs: { x: [a] }\noutputs: { value: y }",
            ["a"]
        )
        #expect(asked.values([[.flag(true)], [.number(0)], [.number(2)]]) == [1, 0, nil])
        #expect(
            asked.reasons([[.number(2)]])
                == ["the features make a number that is none of the model's truth values"]
        )
    }

    @Test func `serves tensors of every kind as they are`() throws {
        let names = [
            "float32", "float64", "float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8",
            "uint16", "uint32", "uint64", "bool", "string",
        ]
        let inputs = names.map { "in_\($0): [a, b]" }.joined(separator: ", ")
        let (engine, diagnostics) = try ManyModels.load(
            "types",
            "inputs: { \(inputs) }\noutputs: { value: \"out_float32[1]\" }"
        )
        #expect(diagnostics == [])
        let loaded = try #require(engine)
        let reference = try #require(loaded.resolve("m"))
        let tensors = names.map { name in
            let elements: Tensor.Elements =
                switch name {
                case "string": .text(["", "a longer text than fits in a small one: ü"])
                case "bool": .flags([true, false])
                case "uint64": .uint64([.max, 1])
                case "int64": .int64([.min, .max])
                case "float64": .float64([1e300, -2])
                default: .float32([1, 2])
                }
            return Tensor(name: "in_\(name)", dimensions: [1, 2], elements: elements)
        }
        let outputs = try loaded.makeLane(time: StillTime()).run(reference, inputs: tensors)
        #expect(outputs.count == names.count)
        for (name, (given, back)) in zip(names, zip(tensors, outputs)) {
            #expect(back.name == "out_\(name)")
            #expect(back.dimensions == [1, 2])
            switch name {
            case "int8", "int16", "int32", "uint8", "uint16", "uint32":
                #expect(back.elements == .int64([1, 2]))
                #expect(back.element.rawValue == name.uppercased())
            default:
                #expect(back.elements == given.elements)
            }
        }
        // What a kind of number cannot hold is refused, not rounded.
        var wrong = tensors
        wrong[4].elements = .float32([1, 200])
        #expect(throws: OnnxError.self) {
            try loaded.makeLane(time: StillTime()).run(reference, inputs: wrong)
        }
    }

    @Test(arguments: ["zipmap-text", "zipmap-int"])
    func `reads scores by class`(_ name: String) throws {
        let said = try ManyModels.said(name)
        let classes = name == "zipmap-text" ? ["bad", "ok", "worn"] : ["3", "7", "20"]
        let rows = try #require(said.inputs["X"]).rows.map { row in
            row.numbers.map { FieldValue.number($0) }
        }
        let scores = try #require(said.outputs["output_probability"]).rows.map(\.numbers)
        for labels in [
            "", "labels: [left, middle, right]",
            "labels: [\(classes.reversed().map { "\"\($0)\"" }.joined(separator: ", "))]",
        ] {
            let asked = try ManyModels.lane(
                name,
                "inputs: { X: [a, b, c] }\n\(labels)",
                ["a", "b", "c"]
            )
            for _ in 0..<2 {
                for (outcome, wanted) in zip(asked.outcomes(rows), scores) {
                    guard case .classification(let found) = outcome else {
                        Issue.record("no classification: \(outcome)")
                        continue
                    }
                    // Labels that are the classes in another order are joined by name.
                    let ordered = labels.contains(classes[0]) ? wanted.reversed() : wanted
                    let isNear = zip(found.probabilities, ordered).allSatisfy {
                        abs($0 - $1) < 1e-6
                    }
                    #expect(isNear)
                    let best = try #require(wanted.indices.max { wanted[$0] < wanted[$1] })
                    let names = labels.contains("left") ? ["left", "middle", "right"] : classes
                    #expect(found.label == names[best])
                }
            }
            let served = try #require(asked.description).outputs
            #expect(served.map(\.name) == ["output_label", "output_probability"])
            let tensors = try asked.lane.run(
                asked.handle.reference,
                inputs: [
                    Tensor(
                        name: "X",
                        dimensions: [rows.count, 3],
                        elements: .float64(said.inputs["X"]?.numbers ?? [])
                    )
                ]
            )
            #expect(tensors.map(\.dimensions) == [[rows.count], [rows.count, 3]])
        }
    }

    @Test func `reads 64-bit probabilities`() throws {
        let said = try ManyModels.said("double")
        let asked = try ManyModels.lane(
            "double",
            "inputs: { X: [a, b, c] }\nlabels: [x, y, z]",
            ["a", "b", "c"]
        )
        let rows = try #require(said.inputs["X"]).rows.map {
            $0.numbers.map { FieldValue.number($0) }
        }
        let wanted = try #require(said.outputs["probabilities"]).rows.map(\.numbers)
        for (outcome, wanted) in zip(asked.outcomes(rows), wanted) {
            guard case .classification(let found) = outcome else {
                Issue.record("no classification")
                continue
            }
            #expect(zip(found.probabilities, wanted).allSatisfy { abs($0 - $1) < 1e-9 })
        }
    }

    @Test func `takes texts of fields for a model of categories`() throws {
        let said = try ManyModels.said("categories")
        let yaml = """
            inputs: { machine: [machine], mode: [mode], temperature: [temp] }
            """
        let asked = try ManyModels.lane("categories", yaml, ["machine", "mode", "temp"])
        #expect(asked.description?.labels == ["fine", "hot"])
        let machines = try #require(said.inputs["machine"]).texts
        let modes = try #require(said.inputs["mode"]).texts
        let temperatures = try #require(said.inputs["temperature"]).numbers
        let rows = machines.indices.map { row in
            [FieldValue.text(machines[row]), .text(modes[row]), .number(temperatures[row])]
        }
        let wanted = try #require(said.outputs.values.first { !$0.texts.isEmpty }).texts
        for _ in 0..<3 { #expect(asked.labels(rows) == wanted) }
        #expect(
            asked.reasons([[.absent, .text("auto"), .number(1)], rows[0]])
                == ["field `machine` is missing", nil]
        )
        #expect(asked.reasons([[.text("a\0b"), .text("auto"), .number(1)]]) != [nil])
        // Kept for a run that somebody else does later, written down in between.
        let prepared = asked.lane.prepare(
            model: asked.handle,
            readings: readings(rows),
            rows: Array(rows.indices)
        )
        let kept = try JSONDecoder().decode(
            [PreparedRow].self,
            from: JSONEncoder().encode(prepared)
        )
        #expect(kept == prepared)
        let later = asked.lane.findings(asking: [.init(model: asked.handle, rows: .prepared(kept))])
        #expect(later[0].map { $0?.classification?.label } == wanted)
    }

    @Test(arguments: ["int8-qdq", "int8-qoperator"])
    func `runs models quantised to 8 bits`(_ name: String) throws {
        let said = try ManyModels.said(name)
        let asked = try ManyModels.lane(
            name,
            "inputs: { x: [a, b, c, d] }\nlabels: [x, y, z]\nconfidence: { from: logits }",
            ["a", "b", "c", "d"]
        )
        let rows = try #require(said.inputs["x"]).rows.map {
            $0.numbers.map { FieldValue.number($0) }
        }
        let wanted = try #require(said.outputs["logits"]).rows.map(\.numbers)
        let labels = wanted.map { row in
            ["x", "y", "z"][row.indices.max { row[$0] < row[$1] } ?? 0]
        }
        #expect(asked.labels(rows) == labels)
    }

    @Test func `picks one of several numbers`() throws {
        let said = try ManyModels.said("several")
        let rows = try #require(said.inputs["X"]).rows.map {
            $0.numbers.map { FieldValue.number($0) }
        }
        let wanted = try #require(said.outputs["variable"]).rows.map(\.numbers)
        for index in 0..<3 {
            let asked = try ManyModels.lane(
                "several",
                "inputs: { X: [a, b, c] }\noutputs: { value: \"variable[\(index)]\" }",
                ["a", "b", "c"]
            )
            for (value, wanted) in zip(asked.values(rows), wanted) {
                #expect(abs((value ?? .nan) - wanted[index]) < 1e-4)
            }
        }
        let (_, problems) = try ManyModels.load(
            "several",
            "inputs: { X: [a, b, c] }\noutputs: { value: \"variable[3]\" }"
        )
        #expect(problems == ["output `variable` has 3 numbers a row, counted from 0"])
    }
}
