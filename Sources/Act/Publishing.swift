// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import MQTT

/// What `Act` publishes through; tests put their own in its place.
public protocol Publishing: Sendable {
    /// Publishes in order, never blocks; `completion` is called once for each publication, on any thread.
    func publish(
        _ publications: [MQTTPublication],
        completion: @escaping @Sendable (Int, MQTTPublishOutcome) -> Void
    )
}

extension MQTTPublisher: Publishing {}
