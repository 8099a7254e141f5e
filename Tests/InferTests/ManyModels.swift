// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Logging
import Testing
import Vocabulary

@testable import Infer

/// The models that `make_many_models.py` makes, and what ONNX Runtime says of them in Python.
enum ManyModels {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Models/Many")

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: name)))
    }

    /// Numbers as they come out of JSON, however nested.
    indirect enum Value: Decodable {
        case number(Double)
        case text(String)
        case list([Value])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .list(try container.decode([Value].self))
            }
        }

        /// Its leaves that are numbers.
        var numbers: [Double] {
            switch self {
            case .number(let number): [number]
            case .text: []
            case .list(let values): values.flatMap(\.numbers)
            }
        }

        /// Its leaves that are texts.
        var texts: [String] {
            switch self {
            case .number: []
            case .text(let text): [text]
            case .list(let values): values.flatMap(\.texts)
            }
        }

        var rows: [Value] {
            guard case .list(let rows) = self else { return [] }
            return rows
        }
    }

    struct Said: Decodable {
        var inputs: [String: Value]
        var outputs: [String: Value]
    }

    static func said(_ name: String) throws -> Said {
        let all = try JSONDecoder().decode(
            [String: Said].self,
            from: Data(bytes("many.json"))
        )
        return try #require(all[name])
    }

    /// Loads one model with the `model.yaml` text, whose `DIGEST` is filled in.
    static func load(
        _ name: String,
        _ yaml: String,
        files: [String: [UInt8]] = [:],
        session: SessionSettings = SessionSettings(),
        trialProgram: TrialProgram? = nil
    ) throws -> (engine: CoreEngine?, diagnostics: [String]) {
        let (engine, problems) = try loading(
            bytes: bytes("\(name).onnx"),
            yaml,
            files: files,
            session: session,
            trialProgram: trialProgram
        )
        return (engine, problems.map(\.message))
    }

    /// What is wrong with one model, whole.
    static func problems(_ name: String, _ yaml: String) throws -> [Diagnostic] {
        try loading(bytes: bytes("\(name).onnx"), yaml).diagnostics
    }

    static func load(
        bytes: [UInt8],
        _ yaml: String,
        files: [String: [UInt8]] = [:],
        session: SessionSettings = SessionSettings(),
        trialProgram: TrialProgram? = nil
    ) throws -> (engine: CoreEngine?, diagnostics: [String]) {
        let (engine, problems) = try loading(
            bytes: bytes,
            yaml,
            files: files,
            session: session,
            trialProgram: trialProgram
        )
        return (engine, problems.map(\.message))
    }

    private static func loading(
        bytes: [UInt8],
        _ yaml: String,
        files: [String: [UInt8]] = [:],
        session: SessionSettings = SessionSettings(),
        trialProgram: TrialProgram? = nil
    ) throws -> (engine: CoreEngine?, diagnostics: [Diagnostic]) {
        let repository = try TemporaryRepository()
        let head = "kind: onnx\nfile: { name: model.onnx, sha256: DIGEST }\n"
        try repository.add(
            "m",
            model: bytes,
            yaml.hasPrefix("kind") ? yaml : head + yaml
        )
        for (file, content) in files {
            try Data(content).write(to: URL(filePath: "\(repository.path)/m/1/\(file)"))
        }
        return CoreEngine.load(
            repository: repository.path,
            shownAs: "models",
            runtimeLibrary: OnnxTestLibrary.path,
            session: session,
            trialProgram: trialProgram,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// A lane with the model bound to fields of the given names.
    static func lane(
        _ name: String,
        _ yaml: String,
        _ names: [String],
        kind: ReadingSpec.FieldKind = .any
    ) throws -> Asked {
        let (engine, diagnostics) = try load(name, yaml)
        #expect(diagnostics == [])
        let loaded = try #require(engine)
        let fields = names.map { ReadingSpec.Field(name: $0, path: $0, kind: kind) }
        let reference = try #require(loaded.resolve("m"))
        let handle = try loaded.bind(reference, fields: fields, owner: "policy")
        return Asked(lane: loaded.makeLane(time: StillTime()), handle: handle, engine: loaded)
    }

    struct Asked {
        let lane: LaneInference
        let handle: ModelHandle
        let engine: CoreEngine

        var description: ModelDescription? { engine.models[handle.reference] }

        func outcomes(_ rows: [[FieldValue]], samples: [Double] = []) -> [Finding.Outcome] {
            lane.findings(
                model: handle,
                readings: readings(rows, samples: samples),
                rows: 0..<rows.count
            ).compactMap { $0?.outcome }
        }

        func values(_ rows: [[FieldValue]], samples: [Double] = []) -> [Double?] {
            outcomes(rows, samples: samples).map { outcome in
                if case .value(let value) = outcome { value } else { nil }
            }
        }

        func labels(_ rows: [[FieldValue]]) -> [String?] {
            outcomes(rows).map { outcome in
                if case .classification(let found) = outcome { found.label } else { nil }
            }
        }

        func reasons(_ rows: [[FieldValue]]) -> [String?] {
            outcomes(rows).map { outcome in
                if case .failed(let reason) = outcome { reason } else { nil }
            }
        }
    }
}
