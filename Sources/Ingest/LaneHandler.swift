// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// What a lane hands its messages to; every call comes on the lane's thread.
///
/// The lane keeps one promise with it: no acknowledgement leaves for a message that was received
/// after the last `settle` that returned.
public protocol LaneHandler: AnyObject {
    /// Decides on a burst and starts the effects; copies what must outlive the call.
    func receive(_ batch: Batch)
    /// Takes note of a message that is larger than the lane allows: a dead letter.
    ///
    /// It is settled like any other. `payloadPrefix` is the beginning of the payload.
    func refuse(topic: Topic, reason: String, payloadPrefix: [UInt8])
    /// Since when something open needs a commit; nil when nothing does, and `settle` is free.
    var unsettledSince: MonotonicInstant? { get }
    /// True when `settle` would not need the disk: nothing is open, or all of its effects are done.
    var isComplete: Bool { get }
    /// True while something is under way that ends soon and then needs no row: a little patience saves it.
    var awaitsSoon: Bool { get }
    /// Makes everything received so far safe: effects complete, or rows committed; blocks until then.
    func settle() throws(SettleFailure)
    /// Forgets what is open: the connection is dropped and the broker will send it again.
    func abandon()
    /// The connection broke before the acknowledgements of the batch settled last could leave: the broker
    /// will send all of it again.
    func acknowledgementsLost()
    /// No more copies of what was sent before are to be expected on this connection.
    func redeliveriesEnded()
    /// Everything received is settled: about twice a second while the lane is connected.
    func rested()
    /// The lane stops for good, everything settled: the last chance to write something down.
    func closing()
    /// A connection begins; copies of what was received and not acknowledged may follow.
    ///
    /// - Parameters:
    ///   - sessionPresent: The broker still has the session.
    ///   - expectedSession: It should have; if it has not, messages may be missing.
    ///   - afterUncleanExit: It is the first connection after a run that did not end well.
    func connected(sessionPresent: Bool, expectedSession: Bool, afterUncleanExit: Bool)
}

extension LaneHandler {
    /// Nothing ends soon.
    public var awaitsSoon: Bool { false }

    /// Does nothing.
    public func rested() {}
}

/// Why a batch could not be made safe.
public struct SettleFailure: Error, Sendable, Equatable {
    /// What sort of trouble the storage has.
    public enum Kind: String, Sendable {
        /// There is no room; it may come back.
        case storageFull = "storage_full"
        /// The disk or the file fails.
        case storageBroken = "storage_broken"
    }

    /// What sort of trouble the storage has.
    public var kind: Kind
    /// What happened.
    public var message: String

    /// Makes a failure.
    public init(kind: Kind, message: String) {
        self.kind = kind
        self.message = message
    }
}
