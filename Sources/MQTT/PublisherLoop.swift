// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// What the publisher's thread does between two sleeps, and what a caller may do while it sleeps.
final class PublisherLoop: MQTTConnectionDelegate {
    /// Until when the thread sleeps, and what ends that sooner.
    struct Rest: Sendable {
        fileprivate var time: Int64
        fileprivate var wake: Int32
        fileprivate var descriptor: Int32?
        fileprivate var events: Int16

        /// Sleeps; without the lock, so that a caller may send meanwhile.
        func sleep() {
            let left = max(0, time &- MonotonicClock.now)
            let milliseconds = Int32(clamping: (left + 999_999) / 1_000_000)
            withUnsafeTemporaryAllocation(of: pollfd.self, capacity: 2) { entries in
                entries.initializeElement(
                    at: 0,
                    to: pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
                )
                // The system passes over an entry below zero.
                entries.initializeElement(
                    at: 1,
                    to: pollfd(fd: descriptor ?? -1, events: events, revents: 0)
                )
                _ = poll(entries.baseAddress, 2, milliseconds)
            }
        }
    }

    /// The longest sleep: what a caller has sent must be missed in time where no answer comes.
    private static let longestRest = AnswerWatch.shortestPatience / 4

    private let publisher: MQTTPublisher
    private let link: MQTTLink
    private var waiting: [PublisherInbox.Entry] = []
    private var next = 0
    private var underway: [Int32: PublisherInbox.Entry] = [:]
    private var farewellIdentifier: Int32?
    private var hasSaidFarewell = false
    private var lastMaintenance: Int64 = 0

    init(_ publisher: MQTTPublisher) {
        self.publisher = publisher
        link = MQTTLink(options: publisher.options, wake: publisher.wake)
    }

    /// All there is to do now; nil once the publisher has stopped.
    func turn() -> Rest? {
        if let connection = link.connection, link.isOpen {
            while case .progress = connection.readOnce() {}
        }
        while true {
            publisher.wake.lower()
            takeIn()
            if finishesStop() { return nil }
            switch link.step() {
            case .opened:
                opened()
            case .open:
                if let rest = exchange() { return rest }
            case .closed(let time):
                return rest(until: time)
            case .ended(let failure, let isNews, let wasOpen):
                ended(failure, isNews: isNews, wasOpen: wasOpen)
            }
        }
    }

    /// Sends what has been handed over, for a caller who found the thread asleep; false where the thread is
    /// needed.
    func sendsAtOnce() -> Bool {
        guard link.isOpen, let connection = link.connection, connection.failure == nil,
            next == waiting.count, !connection.wantsWrite,
            publisher.inbox.withLock({ $0.count <= MQTTPublisher.few })
        else { return false }
        takeIn()
        return write(over: connection) && next == waiting.count && !connection.wantsWrite
    }

    // MARK: What the connection brings

    func received(
        topic: UnsafePointer<CChar>,
        payload: UnsafeRawBufferPointer,
        qualityOfService: UInt8,
        isRetained: Bool
    ) {}

    func subscribed(identifier: Int32, answer: UInt8) {}

    func published(identifier: Int32, reason: MQTTReason) {
        link.worked()
        if identifier == farewellIdentifier { hasSaidFarewell = true }
        guard let entry = underway.removeValue(forKey: identifier) else { return }
        settle(entry, reason.isFailure ? .failed(.rejected(reason)) : .acknowledged)
    }

    // MARK: The connection comes and goes

    private func opened() {
        link.connection?.delegate = self
        link.connection?.listensToLibrary = false
        publisher.inbox.withLock { inbox in
            inbox.status.isConnected = true
            inbox.status.connections += 1
            inbox.status.reason = "connected"
        }
        if let birth = publisher.birth { _ = try? link.connection?.publish(birth) }
        publisher.onStateChange(true, "connected to \(publisher.options)")
    }

    private func ended(_ failure: MQTTFailure, isNews: Bool, wasOpen: Bool) {
        publisher.inbox.withLock { inbox in
            inbox.status.isConnected = false
            inbox.status.underway = 0
            inbox.status.reason = failure.description
        }
        failAll(waiting: .notConnected, underway: .connectionLost)
        if isNews || wasOpen { publisher.onStateChange(false, failure.description) }
    }

    private func failAll(waiting first: MQTTPublishFailure, underway second: MQTTPublishFailure) {
        let lost = underway.values
        underway = [:]
        for entry in lost { settle(entry, .failed(second)) }
        let unsent = waiting[next...]
        waiting = []
        next = 0
        for entry in unsent { settle(entry, .failed(first)) }
    }

    // MARK: One turn

    private func takeIn() {
        let entries = publisher.inbox.withLock { $0.drain() }
        for entry in entries {
            if let failure = entry.failure {
                settle(entry, .failed(failure))
            } else {
                waiting.append(entry)
            }
        }
    }

    // Nil where there is something to do at once.
    private func exchange() -> Rest? {
        guard let connection = link.connection, write(over: connection) else { return nil }
        let now = MonotonicClock.now
        if now - lastMaintenance > 500_000_000 {
            lastMaintenance = now
            guard connection.maintain() else { return nil }
        }
        // At QoS 0 the write itself makes room for more.
        let hasMore = next < waiting.count && underway.count < MQTTPublisher.window
        if hasMore || connection.pendingBytes > 0 { return rest(until: now) }
        return rest(until: min(now &+ Self.longestRest, link.nextLook(asks: false) ?? .max))
    }

    // False when the connection has ended.
    private func write(over connection: MQTTConnection) -> Bool {
        send(over: connection)
        if !underway.isEmpty { link.awaitsAnswer(to: .publication) }
        publisher.inbox.withLock { $0.status.underway = underway.count }
        return !connection.wantsWrite || connection.writeOnce(many: underway.count > 1)
    }

    private func send(over connection: MQTTConnection) {
        while next < waiting.count, underway.count < MQTTPublisher.window {
            let entry = waiting[next]
            next += 1
            do {
                let identifier = try connection.publish(entry.batch.publications[entry.index])
                underway[identifier] = entry
            } catch .notConnected {
                next -= 1
                return
            } catch {
                settle(entry, .failed(error))
            }
        }
        guard next == waiting.count else { return }
        waiting.removeAll(keepingCapacity: waiting.capacity <= 4_096)
        next = 0
    }

    private func settle(_ entry: PublisherInbox.Entry, _ outcome: MQTTPublishOutcome) {
        publisher.inbox.withLock { $0.settled(outcome) }
        entry.batch.completion(entry.index, outcome)
    }

    private func rest(until time: Int64) -> Rest {
        let deadline = publisher.inbox.withLock { $0.stopDeadline }
        return Rest(
            time: min(time, deadline ?? time),
            wake: publisher.wake.fileDescriptor,
            descriptor: link.connection?.fileDescriptor,
            events: link.events
        )
    }

    // MARK: The end

    // True when the loop may end: nothing is left to be told to anyone.
    private func finishesStop() -> Bool {
        guard let deadline = publisher.inbox.withLock({ $0.stopDeadline }) else { return false }
        let isIdle = underway.isEmpty && next == waiting.count
        let isConnected = link.connection?.greeting != nil
        let isLate = MonotonicClock.now >= deadline
        guard isLate || isIdle || !isConnected else { return false }
        if isConnected, !isLate, let farewell = publisher.farewell, !hasSaidFarewell {
            guard farewellIdentifier == nil else { return false }
            farewellIdentifier = try? link.connection?.publish(farewell)
            if farewellIdentifier != nil { return false }
        }
        if isConnected {
            link.connection?.leave(within: 0.5)
        }
        link.close()
        failAll(waiting: .stopped, underway: .stopped)
        publisher.inbox.withLock { inbox in
            inbox.status.isConnected = false
            inbox.status.reason = "stopped"
        }
        while !publisher.inbox.withLock({ $0.closeIfEmpty() }) {
            takeIn()
            failAll(waiting: .stopped, underway: .stopped)
        }
        publisher.onStateChange(false, "stopped")
        return true
    }
}
