// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

/// Where the golden files are.
let snapshotFolder: String = {
    let path = #filePath
    return path[..<(path.lastIndex(of: "/") ?? path.endIndex)] + "/Snapshots"
}()

/// Expects `text` to be what `Snapshots/<name>.txt` holds; a missing file is recorded, and fails.
func expectSnapshot(
    _ name: String,
    _ text: String,
    location: SourceLocation = #_sourceLocation
) throws {
    let file = URL(filePath: "\(snapshotFolder)/\(name).txt")
    guard let wanted = try? Data(contentsOf: file) else {
        try Data((text + "\n").utf8).write(to: file)
        Issue.record("\(name).txt was recorded; look at it", sourceLocation: location)
        return
    }
    #expect(text + "\n" == String(decoding: wanted, as: UTF8.self), sourceLocation: location)
}
