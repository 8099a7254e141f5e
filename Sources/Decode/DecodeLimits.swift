// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The bounds a payload must keep; beyond any of them it does not decode.
public struct DecodeLimits: Hashable, Sendable {
    /// Bytes of payload.
    public var payloadBytes: Int
    /// Arrays and objects inside one another; at most 256, so that the scanner's stack is bounded.
    public var depth: Int
    /// Readings in one message.
    public var readings: Int
    /// Bytes of a device's identity.
    public var deviceBytes: Int
    /// Values of one payload made into a tree (`JSONValue`).
    public var treeValues: Int

    /// Makes limits.
    public init(
        payloadBytes: Int = 1 << 20,
        depth: Int = 64,
        readings: Int = 10_000,
        deviceBytes: Int = 256,
        treeValues: Int = 100_000
    ) {
        self.payloadBytes = max(1, payloadBytes)
        self.depth = min(max(1, depth), 256)
        self.readings = max(1, readings)
        self.deviceBytes = max(1, deviceBytes)
        self.treeValues = max(1, treeValues)
    }

    /// How many characters a number may be written with.
    static let numberBytes = 1_024
}
