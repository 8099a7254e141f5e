// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing
import Vocabulary

@testable import Infer

/// The ONNX Runtime needed here is the shared library named by `SLUICE_ONNXRUNTIME`.
@Suite(.enabled(if: OnnxTestLibrary.path != nil, "SLUICE_ONNXRUNTIME names no libonnxruntime.so"))
struct `Models that do not do` {
    private let value = "inputs: { x: [a] }\noutputs: { value: y }"

    @Test(arguments: ["unknown-operator", "future"])
    func `gives one diagnostic for what the runtime refuses`(_ name: String) throws {
        let (engine, problems) = try ManyModels.load(name, value)
        #expect(engine == nil)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("ONNX Runtime refuses the model: ") == true)
    }

    @Test func `fails the readings of a model that gives another shape than it says`() throws {
        let yaml = "inputs: { x: [a, b] }\nlabels: [a, b, c]"
        let (loaded, warnings) = try ManyModels.load("lying", yaml)
        let said = "the model gave 2 numbers for 3 labels"
        #expect(warnings == ["tried on a row of ones, " + said])
        let engine = try #require(loaded)
        let handle = try engine.bind(
            #require(engine.resolve("m")),
            fields: fields("a", "b"),
            owner: "policy"
        )
        let asked = ManyModels.Asked(
            lane: engine.makeLane(time: StillTime()),
            handle: handle,
            engine: engine
        )
        #expect(asked.reasons([[.number(1), .number(0)]]) == [said])
    }

    @Test func `refuses a model with a column for each label`() throws {
        let problem = try #require(
            ManyModels.problems("columns", "inputs: { X: [a, b, c] }\nlabels: [bad, ok, worn]")
                .first
        )
        #expect(
            problem.message
                == "the model has an output for each label: `sbad`, `sok`, `sworn`"
        )
        #expect(problem.hint?.contains("zipmap: columns") == true)
        // The file names them, too.
        let unnamed = try ManyModels.load("columns", "inputs: { X: [a, b, c] }")
        #expect(unnamed.engine == nil)
        #expect(unnamed.diagnostics == [problem.message])
        // One of them is a quantity, and the label alone can be told.
        let one = "inputs: { X: [a, b, c] }\noutputs: { value: sok }"
        #expect(try ManyModels.load("columns", one).diagnostics == [])
        let label = "inputs: { X: [a, b, c] }\noutputs: { label: output_label }"
        #expect(try ManyModels.load("columns", label).diagnostics == [])
    }

    @Test func `refuses labels in another order than the file's`() throws {
        let inputs = "inputs: { X: [a, b, c] }\n"
        let problem = try #require(
            ManyModels.problems("unmapped", inputs + "labels: [worn, bad, ok]").first
        )
        #expect(problem.message == "`labels` names the classes of the file in another order")
        #expect(problem.hint?.contains("the file has `bad`, `ok`, `worn`") == true)
        for labels in ["[bad, ok, worn]", "[worn, bad, x]", "[x, y, z]"] {
            #expect(try ManyModels.problems("unmapped", inputs + "labels: " + labels).isEmpty)
        }
    }

    @Test func `says how a model of 64-bit numbers is exported`() throws {
        let problem = try #require(
            ManyModels.problems("double-zipmap", "inputs: { X: [a, b, c] }").first
        )
        #expect(problem.message.hasPrefix("ONNX Runtime refuses the model: "))
        #expect(problem.hint?.contains(#"options={id(model): {"zipmap": False}}"#) == true)
    }

    @Test func `gives one diagnostic for bytes that are no model`() throws {
        let bytes = try ManyModels.bytes("categories.onnx")
        var seed: UInt64 = 7
        let noise = (0..<4_096).map { _ -> UInt8 in
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: seed >> 33)
        }
        for bad in [[], Array(bytes.prefix(bytes.count / 2)), noise] {
            let (engine, problems) = try ManyModels.load(bytes: bad, value)
            #expect(engine == nil)
            #expect(problems.count == 1)
        }
    }

    @Test func `refuses another file than the pinned one`() throws {
        let digest = String(repeating: "0", count: 64)
        let yaml = "kind: onnx\nfile: { name: model.onnx, sha256: \"\(digest)\" }\n" + value
        let (engine, problems) = try ManyModels.load("value-float32", yaml)
        #expect(engine == nil)
        #expect(problems.count == 1)
        #expect(problems.first?.contains("not the pinned") == true)
    }

    @Test func `loads weights from pinned files beside the model`() throws {
        let weights = try ManyModels.bytes("weights.bin")
        let digest = TemporaryRepository.digest(weights)
        func yaml(_ external: String) -> String {
            "kind: onnx\nfile: { name: model.onnx, sha256: DIGEST\(external) }\n" + value
        }
        let pinned = yaml(", external: { weights.bin: \"\(digest)\" }")
        let (engine, problems) = try ManyModels.load(
            "external",
            pinned,
            files: ["weights.bin": weights]
        )
        #expect(problems == [])
        let loaded = try #require(engine)
        let reference = try #require(loaded.resolve("m"))
        let outputs = try loaded.makeLane(time: StillTime()).run(
            reference,
            inputs: [Tensor(name: "x", dimensions: [1, 1], elements: .float32([4]))]
        )
        #expect(outputs.map(\.elements) == [.float32([10])])

        let unpinned = try ManyModels.load("external", yaml(""), files: ["weights.bin": weights])
        #expect(
            unpinned.diagnostics
                == ["the model's weights lie in `weights.bin`, whose digest is not pinned"]
        )
        let changed = try ManyModels.load("external", pinned, files: ["weights.bin": [1, 2]])
        #expect(changed.diagnostics.count == 1)
        #expect(changed.diagnostics.first?.contains("not the pinned") == true)
        let short = Array(weights.prefix(2))
        let cut = try ManyModels.load(
            "external",
            yaml(", external: { weights.bin: \"\(TemporaryRepository.digest(short))\" }"),
            files: ["weights.bin": short]
        )
        #expect(cut.diagnostics.count == 1)
        let needless = try ManyModels.load(
            "value-float32",
            pinned,
            files: ["weights.bin": weights]
        )
        #expect(needless.diagnostics == ["the model's weights do not lie in `weights.bin`"])
    }

    @Test func `refuses weights outside the model's folder`() throws {
        let (engine, problems) = try ManyModels.load("escaping", value)
        #expect(engine == nil)
        #expect(
            problems == ["the model's weights lie in `../weights.bin`, which is outside its folder"]
        )
    }

    @Test func `fails the readings of a run that throws, and goes on`() throws {
        let yaml = "inputs: { i: [a] }\noutputs: { value: y }"
        let asked = try ManyModels.lane("throwing", yaml, ["a"])
        #expect(asked.values([[.number(0)], [.number(1)]]) == [1, 2])
        #expect(asked.values([[.number(9)]]) == [nil])
        #expect(asked.reasons([[.number(9)]])[0]?.isEmpty == false)
        #expect(asked.values([[.number(1)]]) == [2])
    }

    @Test func `says which execution providers there are`() throws {
        let (engine, problems) = try ManyModels.load(
            "value-float32",
            value + "\nsession: { provider: cuda }"
        )
        #expect(engine == nil)
        #expect(problems.count == 1)
        #expect(problems.first?.contains("has no execution provider `cuda`; it has ") == true)
        let settings = SessionSettings(threads: 2, optimization: .none, provider: "CPU")
        let (some, none) = try ManyModels.load("value-float32", value, session: settings)
        #expect(some != nil)
        #expect(none == [])
    }

    @Test func `checks outputs by name, inline and from a file`() throws {
        let good =
            #"{ "input": { "X": [[1, 2, 3]] }, "output": { "variable": [6, 2, 2] }, "tolerance": 0.01 }"#
        let yaml = "inputs: { X: [a, b, c] }\noutputs: { value: \"variable[0]\" }\n"
        for (check, files) in [
            ("check: { input: check.json }", ["check.json": Array(good.utf8)]),
            ("check: \(good)", [:]),
            (
                "check: { input: [1, 2, 3], output: { variable: [6, 2, 2] }, value: 6, tolerance: 0.01 }",
                [:]
            ),
        ] {
            let (engine, problems) = try ManyModels.load("several", yaml + check, files: files)
            #expect(problems == [])
            #expect(engine != nil)
        }
        let bad = good.replacing("6, 2, 2", with: "6, 3, 2")
        let (engine, problems) = try ManyModels.load(
            "several",
            yaml + "check: { input: check.json }",
            files: ["check.json": Array(bad.utf8)]
        )
        #expect(engine == nil)
        #expect(problems.count == 1)
        #expect(
            problems.first?.hasPrefix("the model fails its check: output `variable`: number 1 is ")
                == true
        )
        let (_, missing) = try ManyModels.load("several", yaml + "check: { input: check.json }")
        #expect(missing.count == 1)
        let (_, unknown) = try ManyModels.load(
            "several",
            yaml + "check: { input: { Y: [1] }, value: 1 }"
        )
        #expect(unknown == ["`check` names the inputs `Y`"])
    }

    @Test func `checks a model of texts`() throws {
        let yaml = """
            inputs: { machine: [machine], mode: [mode], temperature: [temp] }
            check: { input: { machine: [saw], mode: [auto], temperature: [75] }, label: LABEL }
            """
        let (engine, problems) = try ManyModels.load(
            "categories",
            yaml.replacing("LABEL", with: "hot")
        )
        #expect(problems == [])
        #expect(engine != nil)
        let (_, wrong) = try ManyModels.load(
            "categories",
            yaml.replacing("LABEL", with: "fine")
        )
        #expect(wrong == ["the model fails its check: it gave `hot` instead of `fine`"])
    }
}
