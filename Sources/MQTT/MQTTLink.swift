// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMosquitto
import Glibc

/// A connection that is made again whenever it is lost; owned by one poll loop, and not thread-safe.
///
/// The owner calls `step` in every turn and reads and writes `connection` while it is established.
public final class MQTTLink {
    /// What a step found.
    public enum Step {
        /// The broker has just accepted us: subscribe, greet.
        case opened(MQTTGreeting)
        /// The connection goes on.
        case open
        /// There is no connection; nothing to do before this time, unless the owner is woken.
        case closed(until: Int64)
        /// The connection or the attempt has just ended; `isNews` is false for what was said before.
        case ended(MQTTFailure, isNews: Bool, wasOpen: Bool)
    }

    /// The connection, while there is one; handed out before the broker has answered, too.
    public private(set) var connection: MQTTConnection?
    /// How often the broker has accepted us.
    public var connections: Int { session.connections }
    /// Hears each connection from its first packet on, before its step says `opened`: what a broker that kept a
    /// session sends right behind its greeting may come in one piece with it, a TLS record for one, and is
    /// acknowledged whether somebody hears it or not.
    public weak var delegate: (any MQTTConnectionDelegate)?

    private let options: MQTTOptions
    private let dialer: MQTTDialer
    private var session: MQTTSession
    private(set) var isOpen = false
    var answers = AnswerWatch()
    private var begun: Int64 = 0

    /// Makes a link whose first attempt begins with the first step.
    ///
    /// `wake` ends the owner's sleep.
    public init(options: MQTTOptions, wake: WakeSignal) {
        self.options = options
        dialer = MQTTDialer(options: options, wake: wake)
        session = MQTTSession(
            backoff: options.backoff,
            connectTimeout: options.connectTimeout,
            now: MonotonicClock.now
        )
    }

    /// Moves the link on; never blocks.
    public func step() -> Step {
        let now = MonotonicClock.now
        if let failure = connection?.failure { return end(failure, now) }
        if connection == nil, case .dialling = session.state, let result = dialer.take() {
            switch result {
            case .success(let dialled):
                connection = dialled
                dialled.delegate = delegate
                session.dialled(at: now)
            case .failure(let failure):
                return end(failure, now)
            }
        }
        if let connection, !isOpen {
            if let greeting = connection.greeting { return accepted(greeting, now) }
            advance(connection)
            if let failure = connection.failure { return end(failure, now) }
            if let greeting = connection.greeting { return accepted(greeting, now) }
        }
        switch session.next(at: now) {
        case .serve:
            if let connection, let failure = silence(of: connection, at: now) {
                return end(failure, now)
            }
            return .open
        case .wait(let time):
            return .closed(until: time)
        case .dial:
            dialer.begin()
            begun = now
            return .closed(until: now &+ Int64(options.connectTimeout * 1e9))
        case .giveUp:
            dialer.abandon()
            let duration = MonotonicClock.words(now - begun)
            let message = "\(options.host):\(options.port) did not answer within \(duration)"
            let failure = MQTTFailure(
                kind: .unreachable,
                message: message,
                advice: "check the address, the firewall and whether the broker wants TLS here"
            )
            return end(failure, now)
        }
    }

    /// Ends the connection from this side; nothing that is queued leaves any more.
    public func cut() {
        connection?.shutdownSocket()
    }

    /// A message has gone over the connection, either way: should it break, it is made again soon.
    public func worked() {
        session.worked()
    }

    /// Lets go of the connection and of any attempt; for the end of the owner's loop.
    ///
    /// Where the loop goes on, the next step begins anew.
    public func close() {
        dialer.abandon()
        connection?.delegate = nil
        connection = nil
        isOpen = false
        session.rested(at: MonotonicClock.now)
    }

    /// What the owner polls for while the broker has not answered yet.
    public var events: Int16 {
        guard let connection else { return 0 }
        let write = connection.wantsWrite ? Int16(POLLOUT) : 0
        return Int16(POLLIN) | write
    }

    // Until the broker answers: TLS handshake, CONNECT out, CONNACK in. One read a step, because a
    // handshake that waits does not say so through errno.
    private func advance(_ connection: MQTTConnection) {
        if connection.wantsWrite, !connection.writeOnce() { return }
        guard let descriptor = connection.fileDescriptor else { return }
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN) | poll_peer_closed, revents: 0)
        guard poll(&entry, 1, 0) > 0 || connection.pendingBytes > 0 else { return }
        let result = connection.readOnce()
        let isClosing = entry.revents & (poll_peer_closed | Int16(POLLHUP | POLLERR)) != 0
        if isClosing, connection.greeting == nil, case .progress = result {
            // The other end has gone; read what it said last, but never spin on it.
            for _ in 0..<8 where connection.greeting == nil && connection.failure == nil {
                _ = connection.readOnce()
            }
        }
        if isClosing, connection.greeting == nil, connection.failure == nil {
            connection.closedWithoutAnswer()
        }
        if connection.greeting == nil, connection.failure == nil, connection.wantsWrite {
            _ = connection.writeOnce()
        }
    }

    private func accepted(_ greeting: MQTTGreeting, _ now: Int64) -> Step {
        isOpen = true
        session.accepted(at: now)
        answers.connected(after: now - begun, at: now)
        return .opened(greeting)
    }

    private func end(_ failure: MQTTFailure, _ now: Int64) -> Step {
        let wasOpen = isOpen
        connection?.delegate = nil
        connection = nil
        isOpen = false
        var wasToldToGo = false
        if case .ended = failure.kind { wasToldToGo = true }
        session.failed(
            at: now,
            randomness: Double.random(in: 0..<1),
            wasToldToGo: wasToldToGo
        )
        let isNews = session.isNews(failure.description, at: now)
        return .ended(failure, isNews: isNews, wasOpen: wasOpen)
    }
}
