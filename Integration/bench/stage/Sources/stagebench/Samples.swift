// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

/// The questions in a file: a line each, a word `name=value,value,…` for each of its tensors.
func samples(path: String) -> [Outbound] {
    let file = open(path, O_RDONLY)
    guard file >= 0, dup2(file, 0) == 0 else { fatalError("cannot read \(path)") }
    var samples: [Outbound] = []
    while let line = readLine() {
        let tensors = line.split(separator: " ").map { word in
            let parts = word.split(separator: "=", maxSplits: 1)
            let values = parts[1].split(separator: ",").map { text in
                guard let value = Float(text) else { fatalError("\(text) is no number") }
                return value
            }
            return Outbound.Tensor(name: String(parts[0]), values: values)
        }
        samples.append(Outbound(tensors: tensors))
    }
    return samples
}
