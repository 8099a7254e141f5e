// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import MQTT
import Synchronization

/// Collects how publications end, and what a publisher says about its connection.
final class Outcomes: Sendable {
    // Written on the publisher's thread, read by the test.
    private let outcomes = Mutex<[MQTTPublishOutcome]>([])
    private let states = Mutex<[(isConnected: Bool, reason: String)]>([])

    var all: [MQTTPublishOutcome] { outcomes.withLock { $0 } }

    var acknowledged: Int { all.count { $0 == .acknowledged } }

    var reasons: [String] { states.withLock { $0.map(\.reason) } }

    var noteOutcome: @Sendable (Int, MQTTPublishOutcome) -> Void {
        { _, outcome in self.outcomes.withLock { $0.append(outcome) } }
    }

    var noteState: @Sendable (Bool, String) -> Void {
        { isConnected, reason in self.states.withLock { $0.append((isConnected, reason)) } }
    }
}

/// Waits until `condition` holds; false when it does not within `seconds`.
func eventually(within seconds: Double = 10, _ condition: @Sendable () -> Bool) async -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return condition()
}
