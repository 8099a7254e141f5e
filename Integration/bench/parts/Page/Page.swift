// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Telemetry

/// The page of metrics as the admin server answers it.
public func page(of registry: MetricsRegistry) -> [UInt8] {
    Exposition(samples: registry.samples(), exemplars: [:], isOpenMetrics: false).text
}
