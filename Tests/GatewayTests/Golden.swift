// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

/// Expects `text` to be what the file `Golden/<name>.txt` holds; a missing file is recorded, and fails.
func expectGolden(
    _ name: String,
    _ text: String,
    path: String = #filePath,
    location: SourceLocation = #_sourceLocation
) throws {
    let folder = path[..<(path.lastIndex(of: "/") ?? path.endIndex)]
    let file = URL(filePath: "\(folder)/Golden/\(name).txt")
    guard let wanted = try? Data(contentsOf: file) else {
        try Data((text + "\n").utf8).write(to: file)
        Issue.record("\(name).txt was recorded; look at it", sourceLocation: location)
        return
    }
    #expect(text + "\n" == String(decoding: wanted, as: UTF8.self), sourceLocation: location)
}
