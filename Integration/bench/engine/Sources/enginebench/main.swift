// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Detect
import Glibc

// enginebench RUNTIME REPOSITORY: answers each line `runs MODEL WIDTH BATCH SECONDS`,
// `devices MODEL DEVICES SECONDS`, `detector NAME FIELDS SECONDS` or `detectors` of its standard input with one
// line, so that whoever asks can take turns with other programs.
let engine = Engine(runtime: CommandLine.arguments[1], repository: CommandLine.arguments[2])
while let line = readLine() {
    let words = line.split(separator: " ").map(String.init)
    switch words[0] {
    case "runs":
        print(
            engine.runs(words[1], width: number(words[2]), batch: number(words[3]), for: words[4])
        )
    case "devices":
        print(engine.devices(words[1], count: number(words[2]), for: words[3]))
    case "detectors":
        print(DetectorSettings.Name.allCases.map(\.rawValue).joined(separator: " "))
    case "detector":
        guard let name = DetectorSettings.Name(rawValue: words[1]) else {
            fatalError("no detector \(words[1])")
        }
        let timing = Timing(seconds: words[3], fields: number(words[2]))
        print(DetectorSettings(name).accept(timing, fields: timing.fields))
    default:
        fatalError("unknown request: \(line)")
    }
    fflush(nil)
}
