// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import Vocabulary

@testable import Infer

@Suite struct `Mel spectra` {
    private let sound = (0..<2_000).map { index in
        0.5 * sin(2 * Double.pi * 440 * Double(index) / 16_000)
            + 0.25 * sin(2 * Double.pi * 3_000 * Double(index) / 16_000)
            + 0.1 * (Double(index * 7_919 % 1_000) / 500 - 1)
    }

    private func pipeline(_ expression: String, rate: Double? = 16_000) throws -> FeaturePipeline {
        let field = ReadingSpec.Field(name: "x", path: "x", kind: .samples)
        return try FeaturePipeline(
            [FeatureExpression(expression)],
            FeatureScope(fields: [field], window: nil, rate: rate)
        )
    }

    private func numbers(_ expression: String) throws -> [Double] {
        let batch = readings([[.samples(0..<2_000)]], samples: sound)
        var numbers: [Double] = []
        try pipeline(expression).place(batch, row: 0, into: &numbers, using: FeatureWorkspace())
        return numbers
    }

    /// What librosa 0.11 gives for the first, the sixth and the last frame
    /// (`Tests/MediaTests/Fixtures/make_mel.py`).
    @Test(
        arguments: [
            (
                "log_mel(x, 256, 128, 8)", 16,
                [
                    [
                        1.841024, -2.064555, -19.333038, -17.869946, -24.990754, -8.110375,
                        -16.335198, -26.940857,
                    ],
                    [
                        4.981742, 1.580054, -16.827732, -14.590959, -25.022642, -4.621611,
                        -13.782558, -28.265989,
                    ],
                    [
                        4.871003, 1.396193, -16.976041, -14.620545, -24.891909, -4.772840,
                        -13.922557, -28.175892,
                    ],
                ]
            ),
            (
                "log_mel(x, 400, 200, 8, 100Hz, 6kHz)", 11,
                [
                    [
                        6.960058, -0.078469, -18.537614, -12.065633, -25.788420, -6.934137,
                        -5.091014, -21.559298,
                    ],
                    [
                        10.376789, 3.216518, -17.568327, -8.627961, -28.051545, -3.645086,
                        -1.901864, -22.751641,
                    ],
                    [
                        6.972659, -0.137179, -18.807550, -12.157361, -25.717421, -6.870855,
                        -5.134717, -22.852570,
                    ],
                ]
            ),
            (
                "log_mel(x, 256, 128, 8, torchaudio, ln)", 16,
                [
                    [
                        6.436382, 6.669708, 3.574336, 2.702443, 3.499563, 5.745748, 3.209803,
                        2.164549,
                    ],
                    [
                        6.081785, 7.002974, 2.005209, 2.883724, 3.322526, 5.927851, 1.288054,
                        1.004882,
                    ],
                    [
                        6.116021, 6.955948, 2.313432, 2.873034, 3.343697, 5.896952, 1.335747,
                        1.011808,
                    ],
                ]
            ),
            (
                "log_mel(x, 256, 128, 8, uncentred, htk, power)", 14,
                [
                    [
                        1.634567, 3.094296, 0.015769, 0.029694, 0.034688, 0.352761, 0.002580,
                        0.001460,
                    ],
                    [
                        1.711584, 3.231210, 0.015768, 0.029694, 0.032739, 0.323810, 0.002544,
                        0.001460,
                    ],
                    [
                        1.629405, 3.085066, 0.015769, 0.029694, 0.035182, 0.360117, 0.002589,
                        0.001460,
                    ],
                ]
            ),
            (
                "mfcc(x, 256, 128, 8, 4)", 16,
                [
                    [-40.235684, 17.624337, 9.934880, 14.099054],
                    [-34.135473, 20.318097, 9.312484, 15.411716],
                    [-34.327413, 20.186546, 9.251571, 15.375602],
                ]
            ),
        ] as [(String, Int, [[Double]])]
    )
    func `are librosa's to five digits`(
        _ expression: String,
        _ frames: Int,
        _ wanted: [[Double]]
    ) throws {
        let found = try numbers(expression)
        try #require(found.count == wanted[0].count * frames)
        for (column, wanted) in zip([0, 5, frames - 1], wanted) {
            for (row, wanted) in wanted.enumerated() {
                #expect(abs(found[row * frames + column] - wanted) < 1e-5)
            }
        }
    }

    @Test func `are cut off below the loudest unless they are open`() throws {
        let samples = [100] + Array(repeating: 0.0, count: 511)
        let silent = readings([[.samples(0..<512)]], samples: samples)
        func least(_ expression: String) throws -> (least: Double, most: Double) {
            var numbers: [Double] = []
            try pipeline(expression).place(
                silent,
                row: 0,
                into: &numbers,
                using: FeatureWorkspace()
            )
            return (numbers.min() ?? 0, numbers.max() ?? 0)
        }
        let cut = try least("log_mel(x, 64, 64, 4)")
        #expect(abs(cut.most - cut.least - 80) < 1e-9)
        #expect(try least("log_mel(x, 64, 64, 4, open)").least == -100)
    }

    @Test func `want more than a frame, and a rate`() throws {
        let short = readings([[.samples(0..<100)]], samples: Array(sound[..<100]))
        var numbers: [Double] = []
        #expect(
            throws: FeatureFailure(
                reason: "field `x`, which `log_mel(x, 256, 128, 8, uncentred)` reads, "
                    + "has fewer than 256 numbers"
            )
        ) {
            try pipeline("log_mel(x, 256, 128, 8, uncentred)")
                .place(short, row: 0, into: &numbers, using: FeatureWorkspace())
        }
        #expect(throws: FeatureError.self) {
            try pipeline("log_mel(x, 256, 128, 8)", rate: nil)
        }
    }

    @Test(
        arguments: [
            ("log_mel(x, 256, 128)", "is written"),
            ("log_mel(x, 8, 4, 4)", "from 16 to 65536"),
            ("log_mel(x, 1600, 10, 4)", "from 100 to"),
            ("mfcc(x, 256, 128, 8, 9)", "from 1 to 8"),
            ("log_mel(x, 256, 128, 8, htkk)", "unknown option"),
            ("log_mel(x, 256, 128, 8, 9kHz)", "up to 8000.0 Hz"),
            ("log_mel(x, 256, 128, 8, 3kHz, 2kHz)", "go up"),
            ("log_mel(x, 256, 128, 8, -3)", "an option is"),
        ]
    )
    func `are refused where they make no sense`(_ expression: String, _ words: String) {
        do {
            _ = try pipeline(expression)
            Issue.record("\(expression) is no error")
        } catch {
            #expect((error as? FeatureError)?.message.contains(words) == true)
        }
    }
}
