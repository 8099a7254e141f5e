// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Vocabulary

extension Part {
    /// Payloads → readings.
    static var decoding: [Part] {
        let small =
            #"{"ts":1750000000123,"n":4711,"id":99,"weight":120.137,"width":40.021,"gloss":81.93,"unit":"bench"}"#
        let note = small.dropLast() + #","note":""# + String(repeating: "x", count: 10_000) + #""}"#
        let series = (0..<64).map { "\(Double(($0 * 37) % 101) / 1_000 - 0.05)" }
        let vibration =
            #"{"ts":1750000000123,"n":4711,"vib":{"samples":["# + series.joined(separator: ",")
            + #"]},"temp":61.25}"#
        let eight = (0..<8).map {
            #"{"ts":175000000012\#($0),"n":\#($0),"weight":120.137,"width":40.021,"gloss":81.93}"#
        }
        return [
            Part("decode, 3 numbers") { try decoding(small, numbers) },
            Part("decode, 3 numbers in 10 kB") { try decoding(String(note), numbers) },
            Part("decode, 64 samples") {
                try decoding(
                    vibration,
                    [
                        ReadingSpec.Field(name: "vib", path: "vib.samples", kind: .samples),
                        ReadingSpec.Field(name: "temp", path: "temp", kind: .number),
                    ]
                )
            },
            Part("decode, 8 readings") {
                try decoding("[" + eight.joined(separator: ",") + "]", numbers, each: "")
            },
        ]
    }

    static let numbers = ["weight", "width", "gloss"].map {
        ReadingSpec.Field(name: $0, path: $0, kind: .number)
    }

    private static func decoding(
        _ text: String,
        _ fields: [ReadingSpec.Field],
        each: String? = nil
    ) throws -> (Int) throws -> Void {
        let spec = ReadingSpec(
            each: each,
            device: try Template("small-{unit}"),
            time: "ts",
            sequence: "n",
            fields: fields
        )
        var decoder = try Decoder(spec: spec)
        var readings = ReadingBatch(fieldCount: fields.count)
        let payload = Array(text.utf8)
        let topic = Topic(name: "bench/small/d1/data", index: 0, generation: 0)
        return { count in
            try payload.withUnsafeBytes { payload in
                for message in 0..<count {
                    // As many as a burst has.
                    if message & 255 == 0 { readings.reset() }
                    try decoder.decode(
                        message: message & 255,
                        of: topic,
                        payload: payload,
                        captures: { $0 == "unit" ? "d1" : nil },
                        into: &readings
                    )
                }
            }
        }
    }
}
