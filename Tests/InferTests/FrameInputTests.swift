// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Media
import Testing
import Vocabulary

@testable import Infer

/// The ONNX Runtime needed here is the shared library named by `SLUICE_ONNXRUNTIME`.
@Suite(.enabled(if: OnnxTestLibrary.path != nil, "SLUICE_ONNXRUNTIME names no libonnxruntime.so"))
struct `Frames as inputs` {
    /// 12 x 8 pixels of red 200, green 100, blue 50.
    private static let png = Data(
        base64Encoded:
            "iVBORw0KGgoAAAANSUhEUgAAAAwAAAAICAIAAABChommAAAAFUlEQVR42mM8kWLEQAgwMRABhrciAJ0BAW79GVkEAAAAAElFTkSuQmCC"
    )

    /// 40 x 20 pixels of one grey.
    private static let wide =
        Data(
            base64Encoded:
                "iVBORw0KGgoAAAANSUhEUgAAACgAAAAUCAAAAADaLSBnAAAAGElEQVR42mPkZCAOMDGMKhxVOKqQgYEBAGAPADHt2vnvAAAAAElFTkSuQmCC"
        ) ?? Data()

    private static let frame = ReadingSpec.Field(name: "photo", path: "photo", kind: .bytes)

    private func load(_ image: String) throws -> (CoreEngine?, [String]) {
        let repository = try TemporaryRepository()
        let yaml = """
            kind: onnx
            file: { name: model.onnx, sha256: DIGEST }
            inputs: { frame: { image: { field: photo\(image) } } }
            labels: [red, green, blue]
            """
        try repository.add("m", model: TestModels.bytes("colours.onnx"), yaml)
        let (engine, diagnostics) = repository.load()
        return (engine, diagnostics.map(\.message))
    }

    private func outcomes(_ image: String, _ frames: [[UInt8]]) throws -> [Finding.Outcome] {
        let (loaded, diagnostics) = try load(image)
        #expect(diagnostics == [])
        let engine = try #require(loaded)
        let reference = try #require(engine.resolve("m"))
        let handle = try engine.bind(reference, fields: [Self.frame], owner: "policy")
        #expect(handle.fieldsUsed == ["photo"])
        var batch = ReadingBatch(fieldCount: 1)
        for (index, frame) in frames.enumerated() {
            let range = frame.withUnsafeBytes { batch.appendBytes($0) }
            let row = ReadingBatch.Row(
                message: index,
                index: 0,
                device: "d",
                deviceTime: nil,
                sequence: nil
            )
            batch.append(row, values: [frame.isEmpty ? .absent : .bytes(range)])
        }
        let lane = engine.makeLane(time: StillTime())
        return lane.findings(model: handle, readings: batch).map(\.outcome)
    }

    @Test func `are decoded, resized and scaled; a bad one fails alone`() throws {
        let png = Array(try #require(Self.png))
        let found = try outcomes("", [png, Array(png.dropLast(9)), [], png])
        #expect(found.count == 4)
        for index in [0, 3] {
            guard case .classification(let classification) = found[index] else {
                Issue.record("\(found[index])")
                continue
            }
            #expect(classification.label == "red")
            for (found, wanted) in zip(classification.probabilities, [200.0, 100, 50]) {
                #expect(abs(found - wanted / 255) < 1e-6)
            }
        }
        guard case .failed(let cut) = found[1], case .failed(let missing) = found[2] else {
            Issue.record("\(found)")
            return
        }
        #expect(cut == "field `photo`: the PNG is damaged: the frame ends early")
        #expect(missing == "field `photo` is missing")
    }

    @Test func `are turned into what the model was trained with`() throws {
        let png = Array(try #require(Self.png))
        let found = try outcomes(", color: bgr, scale: 1/100, mean: [0.5, 0, 1], std: 2", [png])
        guard case .classification(let one) = found.first else {
            Issue.record("\(found)")
            return
        }
        for (found, wanted) in zip(one.probabilities, [0, 0.5, 0.5]) {
            #expect(abs(found - wanted) < 1e-6)
        }
    }

    @Test(
        arguments: [
            (", color: grey", "makes 1 channels"),
            (", layout: nhwc", "which stand last"),
            (", size: [5, 4]", "takes images of 6 x 4 pixels; `size` says 5 x 4"),
            (", size: [6]", "wants two numbers"),
            (", mean: [1, 2]", "has 2 numbers"),
            (", scale: 1/0", "wants a number"),
            (", std: 0", "must be between"),
            (", colour: rgb", "unknown key `colour`"),
        ]
    )
    func `are refused where they do not fit the model`(image: String, words: String) throws {
        let (engine, diagnostics) = try load(image)
        #expect(engine == nil)
        #expect(diagnostics.contains { $0.contains(words) }, "\(diagnostics)")
    }

    @Test func `want a field that is a file`() throws {
        let (loaded, _) = try load("")
        let engine = try #require(loaded)
        let reference = try #require(engine.resolve("m"))
        let number = ReadingSpec.Field(name: "photo", path: "photo", kind: .number)
        for (fields, words) in [([number], "is no image"), ([], "unknown field")] {
            do throws(Diagnostic) {
                _ = try engine.bind(reference, fields: fields, owner: "p")
                Issue.record("bound")
            } catch {
                #expect(error.message.contains(words))
                #expect(error.line == 3)
            }
        }
    }

    @Test func `lead boxes back to the camera's frame`() {
        // 40 x 20 pixels between bars in 10 x 10: half of the height is frame.
        let transform = FrameTransform(width: 10, height: 10, fit: .letterbox)
        var reader = FrameReader(transform)
        var numbers = [Float](repeating: 0, count: transform.count)
        let frame = Self.wide
        let placement = numbers.withUnsafeMutableBufferPointer { numbers in
            frame.withUnsafeBytes { try? reader.read($0, into: numbers) }
        }
        let seen = Finding.Detection(label: "a", score: 1, box: [0.5, 0.2, 1, 0.45])
        let onBar = Finding.Detection(label: "b", score: 1, box: [0, 0, 1, 0.2])
        let outcome = Finding.Outcome.detections([seen, onBar]).inFrame(placement)
        guard case .detections(let found) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(found.map(\.label) == ["a"])
        for (found, wanted) in zip(found[0].box, [0.5, 0, 1, 0.5]) {
            #expect(abs(found - wanted) < 1e-12)
        }
        guard case .value(2) = Finding.Outcome.value(2).inFrame(placement) else {
            Issue.record("a value has no place")
            return
        }
    }
}
