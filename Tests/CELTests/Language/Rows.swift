// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Testing

/// Expects of every line `source  =>  value` that the source gives the value, as CEL writes it, or
/// that it is refused or fails where the line says `error`.
func expectRows(
    _ rows: String,
    checksTypes: Bool = true,
    location: SourceLocation = #_sourceLocation
) {
    let environment = Environment(variables: [], zones: .system, checksTypes: checksTypes)
    for line in rows.split(separator: "\n") {
        let parts = line.split(separator: "  =>  ", maxSplits: 1)
        guard parts.count == 2 else {
            Issue.record("no row: \(line)", sourceLocation: location)
            continue
        }
        let program = environment.compile(String(parts[0]), expecting: nil).program
        let value = try? program?.evaluate(environment.makeFrame())
        let shown = value?.description ?? "error"
        #expect(shown == parts[1], "\(parts[0])", sourceLocation: location)
    }
}
