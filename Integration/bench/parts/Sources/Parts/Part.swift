// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// One part of the gateway's work, by itself.
public struct Part {
    /// What it is called in tables and thresholds.
    public let name: String
    /// How often it is done in one measurement.
    public let count: Int
    /// Makes it ready: what is returned does it so many times.
    public let prepare: () throws -> (Int) throws -> Void

    init(_ name: String, count: Int = 1_000, _ prepare: @escaping () throws -> (Int) throws -> Void)
    {
        self.name = name
        self.count = count
        self.prepare = prepare
    }

    /// All of them.
    public static var all: [Part] {
        decoding + batches + features + conditions + decisions + detectors + rows + metrics
    }
}

/// Why a part could not be made ready, or did something else than it should.
struct PartFailure: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
