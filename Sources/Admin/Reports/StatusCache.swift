// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import NIOCore
import Synchronization
import Telemetry
import Vocabulary

/// The status and the metrics as they were at most half a second ago, worked out once for all who ask, and kept once
/// however many read them slowly.
final class StatusCache: Sendable {
    private static let patience = Interval.milliseconds(500)

    private struct Kept {
        var bytes: ByteBuffer
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
    func json() throws -> ByteBuffer {
        // Whoever comes meanwhile waits for the one who works it out, and takes the same.
        try status.withLock { kept in
            if let bytes = Self.fresh(kept, at: time.now) { return bytes }
            let bytes = ByteBuffer(bytes: try gateway.status.json())
            kept = Kept(bytes: bytes, made: time.now)
            return bytes
        }
    }

    /// `GET /metrics`.
    func metrics(isOpenMetrics: Bool) -> ByteBuffer {
        let text: (inout Kept?) -> ByteBuffer = { [self] kept in
            if let bytes = Self.fresh(kept, at: time.now) { return bytes }
            let exposition = Exposition(
                samples: gateway.metricSamples + ProcessFacts.samples,
                exemplars: gateway.exemplars.all,
                isOpenMetrics: isOpenMetrics
            )
            let bytes = ByteBuffer(bytes: exposition.text)
            kept = Kept(bytes: bytes, made: time.now)
            return bytes
        }
        return isOpenMetrics
            ? open.withLock { text(&$0) }
            : plain.withLock { text(&$0) }
    }

    private static func fresh(_ kept: Kept?, at now: MonotonicInstant) -> ByteBuffer? {
        guard let kept, now - kept.made < patience else { return nil }
        return kept.bytes
    }
}
