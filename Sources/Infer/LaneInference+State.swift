// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

extension LaneInference {
    /// Everything this lane's windows and detectors know of their devices, as bytes for `restore`.
    public func saveState() -> [UInt8] { shelf.saved() }

    /// Takes up what `saveState` gave in an earlier run, before the first reading.
    ///
    /// The bytes need not be trusted: what does not read throws, and the state begins anew. Each
    /// policy's and model's part is taken up with their first reading, if its settings are the
    /// same.
    public func restore(_ bytes: [UInt8]) throws(StateError) { try shelf.restore(bytes) }

    /// Grows with whatever windows and detectors learn.
    public var stateChanges: Int { shelf.changes }

    /// How many parts of a restored state did not read, and began anew.
    public var refusedStates: Int { shelf.refused }
}
