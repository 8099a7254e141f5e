// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// The requester's poll loop; everything here happens on its thread.
final class RequesterLoop: MQTTConnectionDelegate {
    private let requester: MQTTRequester
    private let link: MQTTLink
    /// By correlation data.
    private var waiting: [[UInt8]: RequestWaiting] = [:]
    /// The correlation data of publications that are not acknowledged yet.
    private var unacknowledged: [Int32: [UInt8]] = [:]
    private var subscription: Int32?
    private var lastMaintenance: Int64 = 0
    /// No response to another life of ours carries this.
    private let life = UInt64.random(in: 0...UInt64.max)
    private var lastNumber: UInt64 = 0

    init(_ requester: MQTTRequester) {
        self.requester = requester
        link = MQTTLink(options: requester.options, wake: requester.wake)
    }

    func run() {
        while !requester.inbox.withLock({ $0.isStopping }) {
            requester.wake.lower()
            switch link.step() {
            case .opened: opened()
            case .open: turn()
            case .closed(let time): sleep(until: time)
            case .ended(let failure, _, _): ended(failure.description)
            }
        }
        if link.connection?.greeting != nil { link.connection?.leave(within: 0.5) }
        link.close()
        let left = requester.inbox.withLock { inbox in
            inbox.isClosed = true
            inbox.isReady = false
            return inbox.drain()
        }
        for entry in left + waiting.values { entry.finish(.failure(.stopped)) }
    }

    // MARK: What the connection brings

    func received(
        topic: UnsafePointer<CChar>,
        payload: UnsafeRawBufferPointer,
        qualityOfService: UInt8,
        isRetained: Bool
    ) {}

    func subscribed(identifier: Int32, answer: UInt8) {
        guard identifier == subscription else { return }
        let isReady = answer < 0x80
        requester.inbox.withLock { inbox in
            inbox.isReady = isReady
            inbox.reason =
                isReady
                ? "ready"
                : "the broker refuses our response topic: \(MQTTReason(code: answer))"
        }
    }

    func published(identifier: Int32, reason: MQTTReason) {
        guard let correlation = unacknowledged.removeValue(forKey: identifier) else { return }
        if reason.isFailure {
            waiting.removeValue(forKey: correlation)?.finish(.failure(.rejected(reason)))
        } else if reason.code == 0x10 {
            waiting.removeValue(forKey: correlation)?.finish(.failure(.nobodyListens))
        }
    }

    func responded(_ response: MQTTResponse) {
        waiting.removeValue(forKey: response.correlation)?.finish(.success(response))
    }

    // MARK: The connection comes and goes

    private func opened() {
        link.connection?.delegate = self
        link.connection?.listensToLibrary = false
        link.connection?.takeResponses()
        subscription = try? link.connection?.subscribe(to: requester.responseTopic)
        if subscription == nil { link.cut() }
        link.awaitsAnswer(to: .subscription)
    }

    private func ended(_ reason: String) {
        let unsent = requester.inbox.withLock { inbox in
            inbox.isReady = false
            inbox.reason = reason
            return inbox.drain()
        }
        for entry in unsent { entry.finish(.failure(.notConnected)) }
        for entry in waiting.values { entry.finish(.failure(.connectionLost)) }
        waiting = [:]
        unacknowledged = [:]
        subscription = nil
    }

    // MARK: One turn

    private func turn() {
        guard let connection = link.connection else { return }
        for entry in requester.inbox.withLock({ $0.drain() }) { send(entry, over: connection) }
        if !unacknowledged.isEmpty { link.awaitsAnswer(to: .publication) }
        if connection.wantsWrite, !connection.writeOnce() { return }
        let now = MonotonicClock.now
        if now - lastMaintenance > 500_000_000 {
            lastMaintenance = now
            guard connection.maintain() else { return }
        }
        expire(at: now)
        let soonest = waiting.values.map(\.deadline).min() ?? .max
        let rest = min(soonest, now &+ 500_000_000, link.nextLook(asks: false) ?? .max)
        if connection.pendingBytes == 0 { sleep(until: rest) }
        while case .progress = connection.readOnce() {}
    }

    private func send(_ entry: RequestWaiting, over connection: MQTTConnection) {
        guard !entry.isOver else { return }
        lastNumber += 1
        let correlation = withUnsafeBytes(of: (life, lastNumber)) { Array($0) }
        do throws(MQTTPublishFailure) {
            let identifier = try connection.publish(
                entry.request,
                responseTopic: requester.responseTopic,
                correlation: correlation
            )
            unacknowledged[identifier] = correlation
            waiting[correlation] = entry
        } catch {
            entry.finish(.failure(Self.failure(of: error)))
        }
    }

    private static func failure(of failure: MQTTPublishFailure) -> MQTTRequestFailure {
        switch failure {
        case .rejected(let reason): .rejected(reason)
        case .invalid(let why): .invalid(why)
        case .notConnected, .connectionLost, .queueFull, .stopped: .notConnected
        }
    }

    private func expire(at now: Int64) {
        for (correlation, entry) in waiting where entry.deadline <= now || entry.isOver {
            waiting[correlation] = nil
            entry.finish(.failure(.timeout))
        }
    }

    private func sleep(until time: Int64) {
        let left = max(0, time &- MonotonicClock.now)
        let wake = requester.wake.fileDescriptor
        var entries = [pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
        if let descriptor = link.connection?.fileDescriptor {
            entries.append(pollfd(fd: descriptor, events: link.events, revents: 0))
        }
        let milliseconds = Int32(clamping: (left + 999_999) / 1_000_000)
        _ = poll(&entries, nfds_t(entries.count), milliseconds)
    }
}
