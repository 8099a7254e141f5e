// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization
public import Vocabulary

/// What the engine's lanes have counted together, since the engine was loaded.
public final class InferTally: Sendable {
    private let findingCount = Atomic<Int>(0)
    private let failureCount = Atomic<Int>(0)
    private let skipCount = Atomic<Int>(0)
    private let runCount = Atomic<Int>(0)
    private let endedRunCount = Atomic<Int>(0)
    private let evictionCount = Atomic<Int>(0)

    /// What windows have counted.
    public let windows = WindowTally()
    private let versions = Mutex<[ModelReference: VersionCount]>([:])

    init() {}

    /// Findings given, failed ones included.
    public var findings: Int { findingCount.load(ordering: .relaxed) }
    /// Findings that say the model gave no opinion.
    public var failures: Int { failureCount.load(ordering: .relaxed) }
    /// Findings that say the model was not asked, because its answer would have been too late.
    public var skipped: Int { skipCount.load(ordering: .relaxed) }
    /// Runs of ONNX Runtime.
    public var runs: Int { runCount.load(ordering: .relaxed) }
    /// Runs ended because they took far longer than the model's budget.
    public var endedRuns: Int { endedRunCount.load(ordering: .relaxed) }
    /// Devices a detector forgot to make room for others.
    public var evictions: Int { evictionCount.load(ordering: .relaxed) }

    func count(findings: Int, failures: Int, skipped: Int = 0) {
        if skipped > 0 { skipCount.wrappingAdd(skipped, ordering: .relaxed) }
        findingCount.wrappingAdd(findings, ordering: .relaxed)
        if failures > 0 { failureCount.wrappingAdd(failures, ordering: .relaxed) }
    }

    func countRun(isEnded: Bool) {
        runCount.wrappingAdd(1, ordering: .relaxed)
        if isEnded { endedRunCount.wrappingAdd(1, ordering: .relaxed) }
    }

    /// What was seen of each version by lanes that answer real readings.
    public var byVersion: [ModelReference: VersionTally] {
        versions.withLock { $0.mapValues(\.seen) }
    }

    /// Where what is seen of `model` is counted, for those that will count often.
    func count(of model: ModelReference) -> VersionCount {
        versions.withLock { versions in
            if let known = versions[model] { return known }
            let new = VersionCount()
            versions[model] = new
            return new
        }
    }

    /// Forgets the versions that are not among `kept`, so that swaps leave nothing behind.
    public func keep(_ kept: Set<ModelReference>) {
        versions.withLock { versions in versions = versions.filter { kept.contains($0.key) } }
    }

    func count(evictions: Int) {
        if evictions > 0 { evictionCount.wrappingAdd(evictions, ordering: .relaxed) }
    }
}

/// What all lanes have seen of one version.
final class VersionCount: Sendable {
    // Held for a burst's findings once.
    private let tally = Mutex(VersionTally())

    var seen: VersionTally { tally.withLock { $0 } }

    func add(_ seen: VersionTally) { tally.withLock { $0.add(seen) } }
}
