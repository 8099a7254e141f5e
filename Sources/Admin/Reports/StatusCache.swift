// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import NIOCore
import Telemetry

/// The status and the metrics as they were at most half a second ago, worked out once for all who ask, and kept once
/// however many read them slowly.
struct StatusCache {
    /// `GET /v1/status`.
    let status: SharedAnswer
    private let plain: SharedAnswer
    private let open: SharedAnswer

    init(gateway: Gateway) {
        status = SharedAnswer { ByteBuffer(bytes: try gateway.status.json()) }
        plain = SharedAnswer { Self.metrics(of: gateway, isOpenMetrics: false) }
        open = SharedAnswer { Self.metrics(of: gateway, isOpenMetrics: true) }
    }

    /// `GET /metrics`.
    func metrics(isOpenMetrics: Bool) -> SharedAnswer { isOpenMetrics ? open : plain }

    private static func metrics(of gateway: Gateway, isOpenMetrics: Bool) -> ByteBuffer {
        let exposition = Exposition(
            samples: gateway.metricSamples + ProcessFacts.samples,
            exemplars: gateway.exemplars.all,
            isOpenMetrics: isOpenMetrics
        )
        return ByteBuffer(bytes: exposition.text)
    }
}
