// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// What one part of a lane remembers of its devices for one policy and model, and keeps across
/// restarts.
///
/// Windows and detectors are such. Used on the lane's thread alone.
protocol DeviceMemory: AnyObject {
    /// Grows with whatever it learns, so that nothing new is not written again.
    var changes: Int { get }
    /// Writes everything it knows.
    func save(into writer: inout StateWriter)
    /// Takes up what `save` wrote, from bytes that nobody vouches for; on an error it is as new.
    func restore(from reader: inout StateReader) throws(StateError)
}
