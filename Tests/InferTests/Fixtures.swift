// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import FoundationEssentials
import Infer
import Logging
import Vocabulary

/// A model repository in a temporary folder, deleted with it.
final class TemporaryRepository {
    let path: String
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appending(path: "sluice-infer-\(UUID().uuidString)")
        path = folder.path
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Writes `model.yaml`, its `DIGEST` replaced by that of `model`, and the model beside it.
    func add(
        _ name: String,
        version: String = "1",
        model: [UInt8]? = nil,
        _ yaml: String
    ) throws {
        let place = folder.appending(path: name).appending(path: version)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        var text = yaml
        if let model {
            try Data(model).write(to: place.appending(path: "model.onnx"))
            text = text.replacing("DIGEST", with: Self.digest(model))
        }
        try Data(text.utf8).write(to: place.appending(path: "model.yaml"))
    }

    /// Loads it with the tests' runtime.
    func load(
        runtimeLibrary: String? = OnnxTestLibrary.path,
        versions: CoreEngine.Versions = .latest
    ) -> (engine: CoreEngine?, diagnostics: [Diagnostic]) {
        CoreEngine.load(
            repository: path,
            shownAs: "models",
            runtimeLibrary: runtimeLibrary,
            versions: versions,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    static func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

/// Where the tests find ONNX Runtime: the path in `SLUICE_ONNXRUNTIME`.
enum OnnxTestLibrary {
    static let path: String? = ProcessInfo.processInfo.environment["SLUICE_ONNXRUNTIME"]
}

/// The committed models.
enum TestModels {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Models")

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: name)))
    }

    /// What ONNX Runtime says in Python of the same rows.
    struct Expected: Decodable {
        struct Classifier {
            var labels: [Int]
            var probabilities: [[Double]]
        }

        var rows: [[Double]]
        var classifier: Classifier
        var regression: [Double]

        private enum Key: CodingKey {
            case rows
            case classifier
            case regression
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            rows = try container.decode([[Double]].self, forKey: .rows)
            var outputs = try container.nestedUnkeyedContainer(forKey: .classifier)
            let labels = try outputs.decode([Int].self)
            let probabilities = try outputs.decode([[Double]].self)
            classifier = Classifier(labels: labels, probabilities: probabilities)
            var values = try container.nestedUnkeyedContainer(forKey: .regression)
            regression = try values.decode([[Double]].self).map { $0[0] }
        }
    }

    static func expected() throws -> Expected {
        try JSONDecoder().decode(Expected.self, from: Data(bytes("expected.json")))
    }
}

/// A clock that stands still: runs take no time.
struct StillTime: TimeSource {
    var now: MonotonicInstant { MonotonicInstant(nanoseconds: 1) }
    var wallTime: WallTime { WallTime(nanoseconds: 0) }
}

/// Readings with the given fields, one device a row where none is named.
func readings(
    _ rows: [[FieldValue]],
    samples: [Double] = [],
    device: (Int) -> String = { "device \($0)" }
) -> ReadingBatch {
    var batch = ReadingBatch(fieldCount: rows.first?.count ?? 0)
    for sample in samples { batch.appendSample(sample) }
    for (index, values) in rows.enumerated() {
        let row = ReadingBatch.Row(
            message: index,
            index: 0,
            device: device(index),
            deviceTime: nil,
            sequence: nil
        )
        batch.append(row, values: values[...])
    }
    return batch
}

func fields(_ names: String..., kind: ReadingSpec.FieldKind = .any) -> [ReadingSpec.Field] {
    names.map { ReadingSpec.Field(name: $0, path: $0, kind: kind) }
}

extension LaneInference {
    /// What a model without a window says of every reading.
    func findings(model: ModelHandle, readings: ReadingBatch) -> [Finding] {
        findings(model: model, readings: readings, rows: readings.rows.indices).compactMap(\.self)
    }
}
