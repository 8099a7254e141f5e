// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// One short stay with a broker, for looking and listening: connects once, and leaves.
///
/// Not thread-safe: it belongs to one thread, which it blocks. Messages are acknowledged as they come.
public final class MQTTVisit {
    /// A message as it arrived; its bytes are valid during the call only.
    public struct Arrival {
        /// The topic.
        public var topic: String
        /// The payload.
        public var payload: UnsafeRawBufferPointer
        /// The quality of service it came with.
        public var qualityOfService: UInt8
        /// True when the broker had kept it.
        public var isRetained: Bool
    }

    private let link: MQTTLink
    private let wake = WakeSignal()
    private let timeout: Double
    private let listener = Listener()

    /// Prepares a stay; nothing is sent.
    ///
    /// The session is a clean one that ends with the stay, whatever the options say.
    public init(options: MQTTOptions) {
        var options = options
        options.cleanStart = true
        options.sessionExpiry = 0
        timeout = options.connectTimeout
        link = MQTTLink(options: options, wake: wake)
    }

    deinit {
        if link.connection?.greeting != nil { link.connection?.leave(within: 0.5) }
        link.close()
    }

    /// The broker's certificate in DER; nil without encryption or connection.
    public var peerCertificate: [UInt8]? { link.connection?.peerCertificate }

    /// Connects, and answers what the broker says to it.
    ///
    /// - Throws: `MQTTFailure` when there is no broker, or it refuses, within the options' `connectTimeout`.
    public func connect() throws(MQTTFailure) -> MQTTGreeting {
        while true {
            wake.lower()
            switch link.step() {
            case .opened(let greeting):
                link.connection?.delegate = listener
                link.connection?.listensToLibrary = false
                return greeting
            case .ended(let failure, _, _): throw failure
            case .open, .closed: sleep(until: MonotonicClock.now &+ 200_000_000)
            }
        }
    }

    /// Subscribes to `filter` and answers the quality of service the broker grants, or 0x80 and more.
    ///
    /// Retained messages come, too; what arrives before the answer is handed to `onArrival`.
    public func subscribe(
        to filter: String,
        qualityOfService: UInt8 = 1,
        onArrival: @escaping (Arrival) -> Void
    ) throws(MQTTFailure) -> UInt8 {
        guard let connection = link.connection else { throw Self.gone }
        listener.onArrival = onArrival
        let identifier = try connection.subscribe(
            to: filter,
            qualityOfService: qualityOfService,
            wantsRetained: true
        )
        let end = MonotonicClock.now &+ Int64(timeout * 1e9)
        while listener.answers[identifier] == nil, MonotonicClock.now < end { try turn(until: end) }
        guard let answer = listener.answers.removeValue(forKey: identifier) else {
            throw MQTTFailure(
                kind: .lost,
                message: "the broker does not answer the subscription to `\(filter)`"
            )
        }
        return answer
    }

    /// Hands over what arrives for `seconds`, or until `isOver` says so, asked a few times a second.
    public func listen(
        for seconds: Double,
        until isOver: () -> Bool = { false },
        onArrival: @escaping (Arrival) -> Void
    ) throws(MQTTFailure) {
        listener.onArrival = onArrival
        let end = MonotonicClock.now &+ Int64(min(seconds, 1e9) * 1e9)
        while MonotonicClock.now < end, !isOver() { try turn(until: end) }
    }

    private static var gone: MQTTFailure {
        MQTTFailure(kind: .lost, message: "the connection was lost")
    }

    private func turn(until end: Int64) throws(MQTTFailure) {
        guard let connection = link.connection else { throw Self.gone }
        if connection.wantsWrite { _ = connection.writeOnce() }
        if connection.failure == nil { _ = connection.maintain() }
        if let failure = connection.failure { throw failure }
        if connection.pendingBytes == 0 {
            sleep(until: min(end, MonotonicClock.now &+ 200_000_000))
        }
        // Bounded, so that a flood cannot keep us from looking at the clock.
        for _ in 0..<1_000 {
            guard case .progress = connection.readOnce() else { break }
        }
        if let failure = connection.failure { throw failure }
    }

    private func sleep(until time: Int64) {
        let left = max(0, time &- MonotonicClock.now)
        var entries = [pollfd(fd: wake.fileDescriptor, events: Int16(POLLIN), revents: 0)]
        if let descriptor = link.connection?.fileDescriptor {
            entries.append(pollfd(fd: descriptor, events: link.events, revents: 0))
        }
        let milliseconds = Int32(clamping: (left + 999_999) / 1_000_000)
        _ = poll(&entries, nfds_t(entries.count), milliseconds)
    }

    private final class Listener: MQTTConnectionDelegate {
        var answers: [Int32: UInt8] = [:]
        var onArrival: (Arrival) -> Void = { _ in }

        func received(
            topic: UnsafePointer<CChar>,
            payload: UnsafeRawBufferPointer,
            qualityOfService: UInt8,
            isRetained: Bool
        ) {
            onArrival(
                Arrival(
                    topic: String(cString: topic),
                    payload: payload,
                    qualityOfService: qualityOfService,
                    isRetained: isRetained
                )
            )
        }

        func subscribed(identifier: Int32, answer: UInt8) { answers[identifier] = answer }
        func published(identifier: Int32, reason: MQTTReason) {}
    }
}
