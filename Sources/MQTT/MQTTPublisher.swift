// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Publishes over a connection of its own, from any thread.
///
/// The connection has a thread of its own, which makes it, answers it and sends what is many. While that
/// thread sleeps, a few publications leave on the caller's: to wake it would take longer than to send them.
///
/// It keeps nothing across connections: what is not acknowledged when the connection ends fails, and
/// the caller, who has the disk, decides what becomes of it.
public final class MQTTPublisher: Sendable {
    /// How many publications may be unacknowledged at a time; the broker may allow fewer.
    public static let window = 256
    /// How many leave on the caller's thread; more are worth a thread of their own.
    static let few = 8

    /// What is said about the publisher.
    public struct Status: Sendable, Equatable {
        /// True while the broker has accepted us.
        public var isConnected = false
        /// How often the broker has accepted us.
        public var connections = 0
        /// Publications acknowledged.
        public var acknowledged = 0
        /// Publications that failed.
        public var failed = 0
        /// Publications that wait or are not yet acknowledged.
        public var outstanding = 0
        /// Publications handed to the connection and not yet acknowledged.
        public var underway = 0
        /// Why there is no connection.
        public var reason = "not started"
    }

    let options: MQTTOptions
    let birth: MQTTPublication?
    let farewell: MQTTPublication?
    let onStateChange: @Sendable (Bool, String) -> Void
    let wake = WakeSignal()
    // Callers put publications in, the loop takes them out; held for the append of an array.
    let inbox: Mutex<PublisherInbox>
    // Held by the publisher's thread but while it sleeps; callers only try it, and only while it sleeps.
    private let loop = Mutex<PublisherLoop?>(nil)
    // Written with `loop` held: whoever has it and publishes again, in a completion, must not try it.
    private let isAsleep = Atomic(false)
    private let thread = Mutex<LoopThread?>(nil)

    /// Makes a publisher; nothing happens before `start`.
    ///
    /// - Parameters:
    ///   - options: Where to publish; its `will` is this connection's last will.
    ///   - birth: Published whenever the broker has accepted us, such as a retained "online".
    ///   - farewell: Published before a wanted disconnect, which the last will does not cover.
    ///   - queueLimit: How many publications may wait or be unacknowledged before more fail.
    ///   - onStateChange: Called on the publisher's thread when the connection comes and goes, and
    ///     for each new reason why it cannot be made (the same reason at most once a minute).
    public init(
        options: MQTTOptions,
        birth: MQTTPublication? = nil,
        farewell: MQTTPublication? = nil,
        queueLimit: Int = 10_000,
        onStateChange: @escaping @Sendable (Bool, String) -> Void = { _, _ in }
    ) {
        self.options = options
        self.birth = birth
        self.farewell = farewell
        self.onStateChange = onStateChange
        inbox = Mutex(PublisherInbox(limit: queueLimit))
    }

    /// Starts the thread; once.
    public func start() {
        thread.withLock { thread in
            guard thread == nil, inbox.withLock({ $0.open() }) else { return }
            thread = LoopThread(name: "mqtt-publish") { [self] in run() }
        }
    }

    private func run() {
        loop.withLock { $0 = PublisherLoop(self) }
        while let rest = loop.withLock({ loop in
            isAsleep.store(false, ordering: .relaxed)
            let rest = loop?.turn()
            isAsleep.store(rest != nil, ordering: .relaxed)
            return rest
        }) {
            rest.sleep()
        }
        loop.withLock { $0 = nil }
    }

    // False where the publisher's thread is needed.
    private func sendsAtOnce() -> Bool {
        guard isAsleep.load(ordering: .relaxed) else { return false }
        return loop.withLockIfAvailable { loop in
            guard isAsleep.load(ordering: .relaxed), let loop else { return false }
            isAsleep.store(false, ordering: .relaxed)
            defer { isAsleep.store(true, ordering: .relaxed) }
            return loop.sendsAtOnce()
        } ?? false
    }

    /// Stops: waits for acknowledgements at most `seconds`, says farewell and disconnects.
    ///
    /// What is unacknowledged then fails. Blocks until the thread has ended or `seconds` and one
    /// more have passed. No completion is called after it has returned true.
    @discardableResult
    public func stop(within seconds: Double) -> Bool {
        inbox.withLock { $0.requestStop(at: MonotonicClock.now &+ Int64(seconds * 1e9)) }
        wake.raise()
        guard let thread = thread.withLock({ $0 }) else { return true }
        return thread.waitUntilFinished(within: seconds + 1)
    }

    /// True while the broker has accepted us.
    public var isConnected: Bool { inbox.withLock { $0.status.isConnected } }

    /// What is said about the publisher now.
    public var status: Status { inbox.withLock { $0.status } }

    /// Publishes; any thread, never blocks.
    ///
    /// `completion` is called exactly once for each publication with its index: on the publisher's thread, on
    /// the caller's before this returns, or on that of another caller. It must not block. Without a
    /// connection they fail at once.
    public func publish(
        _ publications: [MQTTPublication],
        completion: @escaping @Sendable (Int, MQTTPublishOutcome) -> Void
    ) {
        let batch = PublicationBatch(publications: publications, completion: completion)
        guard inbox.withLock({ $0.take(batch) }) else {
            for index in publications.indices { completion(index, .failed(.stopped)) }
            return
        }
        guard publications.count <= Self.few, sendsAtOnce() else { return wake.raise() }
    }
}

/// Publications that were handed over together.
final class PublicationBatch: Sendable {
    let publications: [MQTTPublication]
    let completion: @Sendable (Int, MQTTPublishOutcome) -> Void

    init(
        publications: [MQTTPublication],
        completion: @escaping @Sendable (Int, MQTTPublishOutcome) -> Void
    ) {
        self.publications = publications
        self.completion = completion
    }
}
