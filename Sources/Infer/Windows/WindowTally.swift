// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What the windows of all lanes have counted together, since the engine was loaded.
public final class WindowTally: Sendable {
    private let gatheredCount = Atomic<Int>(0)
    private let lateCount = Atomic<Int>(0)
    private let gapCount = Atomic<Int>(0)
    private let clockJumpCount = Atomic<Int>(0)
    private let crowdedCount = Atomic<Int>(0)
    private let unjoinedCount = Atomic<Int>(0)
    private let evictionCount = Atomic<Int>(0)

    init() {}

    /// Readings that completed no window: they are part of a later one, and no decision.
    public var gathered: Int { gatheredCount.load(ordering: .relaxed) }
    /// Readings left out because they came later than `late` allows.
    public var late: Int { lateCount.load(ordering: .relaxed) }
    /// Windows emptied by a silence longer than `gap`.
    public var gaps: Int { gapCount.load(ordering: .relaxed) }
    /// Windows emptied because their device's clock was set back.
    public var clockJumps: Int { clockJumpCount.load(ordering: .relaxed) }
    /// Readings that left a window of time early, because it held as many as it may.
    public var crowded: Int { crowdedCount.load(ordering: .relaxed) }
    /// Readings to which nothing could be joined from another topic.
    public var unjoined: Int { unjoinedCount.load(ordering: .relaxed) }
    /// Devices whose windows were forgotten to make room for others.
    public var evictions: Int { evictionCount.load(ordering: .relaxed) }

    /// What one lane has counted and not told yet.
    struct Counts: Equatable {
        var gathered = 0
        var late = 0
        var gaps = 0
        var clockJumps = 0
        var crowded = 0
        var unjoined = 0
        var evictions = 0
    }

    func add(_ counts: Counts) {
        // Atomics are no values: each is named by itself.
        if counts.gathered > 0 { gatheredCount.wrappingAdd(counts.gathered, ordering: .relaxed) }
        if counts.late > 0 { lateCount.wrappingAdd(counts.late, ordering: .relaxed) }
        if counts.gaps > 0 { gapCount.wrappingAdd(counts.gaps, ordering: .relaxed) }
        if counts.clockJumps > 0 {
            clockJumpCount.wrappingAdd(counts.clockJumps, ordering: .relaxed)
        }
        if counts.crowded > 0 { crowdedCount.wrappingAdd(counts.crowded, ordering: .relaxed) }
        if counts.unjoined > 0 { unjoinedCount.wrappingAdd(counts.unjoined, ordering: .relaxed) }
        if counts.evictions > 0 { evictionCount.wrappingAdd(counts.evictions, ordering: .relaxed) }
    }
}
