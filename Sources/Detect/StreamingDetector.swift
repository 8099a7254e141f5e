// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// A detector that follows one stream of numbers and says of each how unusual it is.
///
/// A value type that holds the state of one device's field: bounded memory, O(1) or O(log n) a
/// number, and deterministic, so that the same numbers give the same scores on every machine and
/// after every restart. What is the same for all devices is in its plan.
///
/// A score is 0…1 and calibrated by `TailScale`: 1 − score is the probability, per reading, of one
/// at least as unusual in usual times. 0 is said of what cannot be judged: a number that is not
/// finite, which teaches nothing either, and every number of the warm-up.
public protocol FieldDetector: Sendable {
    /// What the settings come to, worked out once and shared by all devices.
    associatedtype Plan: Sendable

    /// Makes a detector that has seen nothing.
    init(_ plan: Plan)

    /// Takes up what `save` wrote, from bytes that nobody vouches for.
    init(_ plan: Plan, restoring reader: inout StateReader) throws(StateError)

    /// How unusual `value` is after what came before, 0…1; then learns from it.
    ///
    /// `time` is the device's own or that of arrival; it may be unknown, repeat itself and jump.
    mutating func score(_ value: Double, at time: WallTime?, _ plan: Plan) -> Double

    /// Writes everything it knows, so that what is restored goes on exactly alike.
    func save(into writer: inout StateWriter)

    /// How many bytes it takes, arrays included.
    var byteCount: Int { get }

    /// How many bytes it can come to take.
    static func mostBytes(_ plan: Plan) -> Int
}

/// A detector that follows readings of one or several fields of one device.
///
/// As `FieldDetector`, with a number for each field.
public protocol StreamingDetector: Sendable {
    /// What the settings come to, worked out once and shared by all devices.
    associatedtype Plan: Sendable

    /// Makes a detector that has seen nothing.
    init(_ plan: Plan)

    /// Takes up what `save` wrote, from bytes that nobody vouches for.
    init(_ plan: Plan, restoring reader: inout StateReader) throws(StateError)

    /// How unusual the reading of `values` is after what came before, 0…1; then learns from it.
    ///
    /// There are as many values as the plan has fields. `time` is the device's own or that of
    /// arrival; it may be unknown, repeat itself and jump.
    mutating func score(
        _ values: UnsafeBufferPointer<Double>,
        at time: WallTime?,
        _ plan: Plan
    ) -> Double

    /// Writes everything it knows, so that what is restored goes on exactly alike.
    func save(into writer: inout StateWriter)

    /// How many bytes it takes, arrays included.
    var byteCount: Int { get }

    /// How many bytes it can come to take.
    static func mostBytes(_ plan: Plan) -> Int
}
