// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// How much memory each detector can come to take: what the number of devices is bounded by. The
// contract's tests hold every `byteCount` against it.

/// An upper bound of a scale's bytes, its arrays included.
private let scaleBytes = 1_280

extension RobustZ {
    /// How many bytes it can come to take.
    public static func mostBytes(_ plan: Plan) -> Int { scaleBytes + 64 }
}

extension Cusum {
    /// How many bytes it can come to take.
    public static func mostBytes(_ plan: Plan) -> Int { scaleBytes + 96 }
}

extension PageHinkley {
    /// How many bytes it can come to take.
    public static func mostBytes(_ plan: Plan) -> Int { scaleBytes + 128 }
}

extension StuckValue {
    /// How many bytes it can come to take.
    public static func mostBytes(_ plan: Plan) -> Int { 2 * scaleBytes + 128 }
}

extension RollingQuantile {
    /// How many bytes it can come to take.
    public static func mostBytes(_ plan: Plan) -> Int { scaleBytes + 192 + 16 * plan.window }
}

extension HoltWinters {
    /// How many bytes it can come to take.
    public static func mostBytes(_ plan: Plan) -> Int { scaleBytes + 8_704 }
}

extension Ensemble {
    /// How many bytes it can come to take.
    public static func mostBytes(_ plan: Plan) -> Int { 26_624 }
}

extension PerField {
    /// How many bytes it can come to take.
    public static func mostBytes(_ plan: Plan) -> Int {
        64 + plan.fields * Detector.mostBytes(plan.field)
    }
}

extension HalfSpaceTrees {
    /// How many bytes it can come to take.
    public static func mostBytes(_ plan: Plan) -> Int {
        2 * scaleBytes + 256 + plan.fields * 32 + 3 * plan.trees * plan.nodes
    }
}
