// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Settings
import Testing
import Vocabulary

@testable import Infer

@Suite struct `What leaves of a frame` {
    /// 12 x 8 pixels of red 200, green 100, blue 50.
    private static let png = Data(
        base64Encoded:
            "iVBORw0KGgoAAAANSUhEUgAAAAwAAAAICAIAAABChommAAAAFUlEQVR42mM8kWLEQAgwMRABhrciAJ0BAW79GVkEAAAAAElFTkSuQmCC"
    )

    private let fields = [
        ReadingSpec.Field(name: "photo", path: "photo", kind: .bytes),
        ReadingSpec.Field(name: "heat", path: "heat", kind: .number),
    ]

    private func frame(_ text: String) throws -> (frame: OutboundFrame?, problems: [String]) {
        let (read, _) = SettingsFile.parse(Array(text.utf8), shownAs: "sluice.yaml")
        let file = try #require(read)
        let frame = OutboundFrame(file.root)
        return (frame, file.diagnostics.map(\.message))
    }

    @Test func `is its numbers in the size and order that the endpoint takes`() throws {
        let source = try #require(
            try frame("{ field: photo, size: [3, 2], layout: nhwc }").frame
        )
        let pipeline = try OutboundPipeline(.frame(source), fields: fields, owner: "p")
        #expect(pipeline.fieldsUsed == ["photo"])
        #expect(pipeline.dimensions == [2, 3, 3])
        var batch = ReadingBatch(fieldCount: 2)
        let png = Array(try #require(Self.png))
        for bytes in [png, [1, 2, 3]] {
            let range = bytes.withUnsafeBytes { batch.appendBytes($0) }
            let row = ReadingBatch.Row(
                message: 0,
                index: 0,
                device: "d",
                deviceTime: nil,
                sequence: nil
            )
            batch.append(row, values: [.bytes(range), .number(7)])
        }
        let room = OutboundRoom()
        var numbers: [Float] = []
        try pipeline.write(batch, row: 0, into: &numbers, in: room)
        #expect(numbers.count == 18)
        let wanted = [200, 100, 50].map { Float($0) / 255 }
        #expect(zip(numbers, wanted + wanted).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(throws: FeatureFailure.self) {
            try pipeline.write(batch, row: 1, into: &numbers, in: room)
        }
        #expect(numbers.count == 18)
        let plain = try OutboundPipeline(.features(["heat"]), fields: fields, owner: "p")
        #expect(plain.dimensions == nil)
        try plain.write(batch, row: 1, into: &numbers, in: room)
        #expect(numbers.last == 7)
    }

    @Test func `wants a size, a field that is a frame, and not too much of it`() throws {
        #expect(
            try frame("{ field: photo }").problems
                == ["`size` is missing in `image`; it wants [WIDTH, HEIGHT]"]
        )
        #expect(
            try frame("{ field: photo, size: [4000, 4000] }").problems
                == ["a frame of 48000000 numbers is too large to be sent"]
        )
        for (field, message) in [
            ("heat", "field `heat` of policy `p` is no image"),
            ("none", "unknown field `none` in policy `p`"),
        ] {
            let source = try #require(try frame("{ field: \(field), size: [3, 2] }").frame)
            let error = #expect(throws: FeatureError.self) {
                try OutboundPipeline(.frame(source), fields: fields, owner: "p")
            }
            #expect(error?.message == message)
        }
    }
}
