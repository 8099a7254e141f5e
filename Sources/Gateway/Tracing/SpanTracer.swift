// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Telemetry
import Vocabulary

/// What all threads share that trace: who is chosen, where spans go; there is none while nothing is exported.
final class SpanTracer: Sendable {
    let sampler: SpanSampler
    let queue: SpanQueue
    private let key: SiteKey
    private let time: any TimeSource

    init(
        sampler: SpanSampler,
        queue: SpanQueue = SpanQueue(),
        key: SiteKey,
        time: any TimeSource
    ) {
        self.sampler = sampler
        self.queue = queue
        self.key = key
        self.time = time
    }

    /// As the configuration wants it; nil where it exports no traces.
    convenience init?(_ options: OTLPConfiguration?, key: SiteKey, time: any TimeSource) {
        guard let options, options.signals.contains(.traces) else { return nil }
        self.init(
            sampler: SpanSampler(share: options.sample, mostPerSecond: options.tracesPerSecond),
            key: key,
            time: time
        )
    }

    var now: WallTime { time.wallTime }
    var instant: MonotonicInstant { time.now }

    /// The device as it may leave the site under `privacy` (G8): named or hashed where that is allowed, else
    /// not at all.
    func device(_ name: String, _ privacy: Privacy) -> String? {
        if privacy.hashed.contains("device") { return key.pseudonym(name) }
        let isOpen = privacy.names.contains("device") && !privacy.withheld.contains("device")
        return isOpen ? name : nil
    }
}
