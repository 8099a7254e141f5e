// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import Synchronization
import Telemetry
import Vocabulary

/// The status and the metrics as they were at most half a second ago, worked out once for all who ask.
final class StatusCache: Sendable {
    private static let patience = Interval.milliseconds(500)

    private struct Kept {
        var bytes: [UInt8]
        var made: MonotonicInstant
    }

    private let gateway: Gateway
    private let time = SystemTime()
    private let status = Mutex<Kept?>(nil)
    private let plain = Mutex<Kept?>(nil)
    private let open = Mutex<Kept?>(nil)

    init(gateway: Gateway) {
        self.gateway = gateway
    }

    /// `GET /v1/status`.
    func json() throws -> [UInt8] {
        // Whoever comes meanwhile waits for the one who works it out, and takes the same.
        try status.withLock { kept in
            if let bytes = Self.fresh(kept, at: time.now) { return bytes }
            let bytes = try gateway.status.json()
            kept = Kept(bytes: bytes, made: time.now)
            return bytes
        }
    }

    /// `GET /metrics`.
    func metrics(isOpenMetrics: Bool) -> [UInt8] {
        let text: (inout Kept?) -> [UInt8] = { [self] kept in
            if let bytes = Self.fresh(kept, at: time.now) { return bytes }
            let bytes = Exposition(
                samples: gateway.metricSamples + ProcessFacts.samples,
                exemplars: gateway.exemplars.all,
                isOpenMetrics: isOpenMetrics
            ).text
            kept = Kept(bytes: bytes, made: time.now)
            return bytes
        }
        return isOpenMetrics
            ? open.withLock { text(&$0) }
            : plain.withLock { text(&$0) }
    }

    private static func fresh(_ kept: Kept?, at now: MonotonicInstant) -> [UInt8]? {
        guard let kept, now - kept.made < patience else { return nil }
        return kept.bytes
    }
}
