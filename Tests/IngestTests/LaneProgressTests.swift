// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Ingest

@Suite struct LaneProgressTests {
    @Test func `every turn is seen, and waiting for the disk is told from hanging`() {
        let progress = LaneProgress()
        let first = progress.reading
        progress.turn()
        let second = progress.reading
        #expect(second.count > first.count && !second.isBlocked)
        progress.waitsForDisk()
        #expect(progress.reading == .init(count: second.count, isBlocked: true))
        progress.waitsForDisk()
        #expect(progress.reading == .init(count: second.count, isBlocked: true))
        progress.turn()
        #expect(progress.reading == .init(count: second.count + 1, isBlocked: false))
    }
}
