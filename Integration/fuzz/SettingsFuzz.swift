// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

// Fuzz target of configuration files, for libFuzzer (see run.sh): YAML to nodes, values, diagnostics.

private let limits = SettingsLimits(bytes: 1 << 16, depth: 16, nodes: 2_000)

/// Reads one input; libFuzzer calls it on one thread.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let (file, problems) = SettingsFile.parse(bytes, shownAs: "f.yaml", limits: limits)
    guard let file else {
        if problems.isEmpty { fatalError("no file without a reason") }
        return 0
    }
    let root = file.root
    for key in ["a", "site", "spool", "inputs", "policy"] {
        _ = root.optionalString(key)
        _ = root.strings(key)
        _ = root.flag(key, default: false)
        _ = root.optionalInteger(key, in: 0...10)
        _ = root.optionalDuration(key)
        _ = root.node(key)?.optionalString("name")
    }
    root.finish()
    let lines = max(1, file.lines.count)
    for diagnostic in file.diagnostics where diagnostic.line > lines + 1 {
        fatalError("a problem lies inside the file")
    }
    return 0
}
