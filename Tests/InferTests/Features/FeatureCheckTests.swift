// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Testing
import Vocabulary

@testable import Infer

/// What is wrong with features whatever fields a policy brings is found as `model.yaml` is read.
@Suite struct `The first look at features` {
    private func found(_ features: String, also: String = "") throws -> [String] {
        let text = """
            kind: onnx
            file: { name: m.onnx, sha256: "\(String(repeating: "0", count: 64))" }
            inputs: { x: [\(features)] }
            \(also)
            """
        let (read, _) = SettingsFile.parse(Array(text.utf8), shownAs: "model.yaml")
        let file = try #require(read)
        _ = ModelSpec.read(file)
        return file.diagnostics.map { "\($0.line):\($0.column): \($0.message)" }
    }

    @Test func `reports every argument that cannot be, each at its place`() throws {
        let features = #""lag(v, 9)", "band(v, 3, 4kHz)", "band(v, 1kHz, 9kHz)", "mean(v, 5)", a"#
        #expect(
            try found(features, also: "rate: 10kHz\nwindow: { count: 8 }") == [
                "3:23: the series has 8 numbers",
                "3:37: a frequency with its unit is wanted here, such as `50Hz` or `1kHz`",
                "3:63: there is nothing above half the sample rate, 5000.0 Hz",
                "3:80: a span of time is wanted here, such as `10m`",
            ]
        )
    }

    @Test func `leaves to the policy what only its fields can tell`() throws {
        let features = #""rms(v)", "band(v, 1kHz, 9MHz)", "log_mel(v, 512, 256, 40, 20Hz, 8kHz)""#
        #expect(try found(features) == [])
        #expect(try found(#""one_hot(s, a, b)", f, "lag(v, 60000)""#) == [])
        // The window itself does not read: what hangs on it is not judged.
        let broken = try found(#""mean(v, 5m)""#, also: "window: { count: 0 }")
        #expect(broken.count == 1)
        #expect(broken.first?.hasPrefix("4:") == true)
    }

    @Test func `says what a window of time and a model without one cannot give`() throws {
        #expect(
            try found("v", also: "window: { time: 5s }")
                == ["3:15: a window of time has no fixed number of readings"]
        )
        #expect(
            try found(#""mean(v, 5m)""#)
                == ["3:24: a span of time wants a model with a `window`"]
        )
    }
}
