// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

// enginebench RUNTIME REPOSITORY: answers each line `runs MODEL WIDTH BATCH SECONDS` or
// `devices MODEL DEVICES SECONDS` of its standard input with one line of figures, so that whoever asks
// can take turns with other programs.
let engine = Engine(runtime: CommandLine.arguments[1], repository: CommandLine.arguments[2])
while let line = readLine() {
    let words = line.split(separator: " ").map(String.init)
    switch words[0] {
    case "runs":
        print(engine.runs(words[1], width: number(words[2]), batch: number(words[3]), for: words[4]))
    case "devices":
        print(engine.devices(words[1], count: number(words[2]), for: words[3]))
    default:
        fatalError("unknown request: \(line)")
    }
    fflush(nil)
}
