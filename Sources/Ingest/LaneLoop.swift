// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import MQTT
import Synchronization
import Vocabulary

/// The lane's poll loop; everything here happens on the lane's thread.
///
/// The invariant: packets are written only while nothing received is unsettled. libmosquitto queues
/// an acknowledgement before it hands the message over, so any other write could let it out.
final class LaneLoop {
    let lane: Lane
    let handler: any LaneHandler
    let link: MQTTLink
    let time: any TimeSource
    var topics = TopicTable()
    var batch = Batch()
    var burst = LaneBurst()
    var watch = RedeliveryWatch()
    var drops: BrokerDrops
    var subscriptions: [Int32: String] = [:]
    private var pacing: LanePacing
    private var pause = LanePause()
    private var hadSession: Bool
    private var isHeld = false
    private var lastMaintenance = MonotonicInstant(nanoseconds: 0)

    init(_ lane: Lane) {
        self.lane = lane
        time = lane.time
        handler = lane.makeHandler()
        link = MQTTLink(options: lane.options.mqtt, wake: lane.signal)
        pacing = LanePacing(
            coalescing: lane.options.coalescing,
            linger: lane.options.linger,
            maximumUnsettled: lane.options.maximumUnsettled,
            window: lane.options.window
        )
        hadSession = lane.options.expectsSession
        drops = BrokerDrops(last: lane.options.knownBrokerDrops)
    }

    func run() {
        link.delegate = self
        while true {
            // Lowered before anything is looked at, so that no wake is lost.
            lane.signal.lower()
            lane.progress.turn()
            if lane.isStopRequested.load(ordering: .acquiring) { break }
            if follows(lane.isHoldRequested.load(ordering: .acquiring)) {
                sleep(for: .seconds(1), polling: nil)
                continue
            }
            if let until = pause.until, time.now < until {
                sleep(for: min(until - time.now, .seconds(1)), polling: nil)
                continue
            }
            switch link.step() {
            case .opened(let greeting):
                opened(greeting)
                // What came in one piece with the greeting.
                handOver((time.now, time.wallTime))
            case .open:
                if let connection = link.connection { turn(connection) }
            case .closed(let until):
                let left =
                    Interval(nanoseconds: until) - Interval(nanoseconds: time.now.nanoseconds)
                sleep(for: min(max(left, .milliseconds(1)), .seconds(1)), polling: link.events)
            case .ended(let failure, let isNews, let wasOpen):
                ended(failure, isNews: isNews, wasOpen: wasOpen)
            }
        }
        finish()
    }

    // MARK: One turn

    private func turn(_ connection: MQTTConnection) {
        let isReadable = waitForWork(connection)
        if isReadable {
            let arrival = (time.now, time.wallTime)
            nap(pacing.pause(at: arrival.0))
            read(connection)
            handOver(arrival)
        }
        guard settleIfDue() else { return }
        guard pacing.open == 0 else { return }
        if connection.wantsWrite, !connection.writeOnce(many: pacing.lastOpen > 1) { return }
        link.askWhereSilent()
        maintain(connection)
    }

    // True when there is something to read and room for it.
    private func waitForWork(_ connection: MQTTConnection) -> Bool {
        guard pacing.room > 0 else {
            if case .linger(let until) = dueStep() {
                sleep(for: max(.zero, until - time.now), polling: nil)
            }
            return false
        }
        guard connection.pendingBytes == 0 else { return true }
        var limit = Interval.milliseconds(250)
        var events = Int16(POLLIN)
        switch dueStep() {
        case .settle: limit = .zero
        case .linger(let until): limit = max(.zero, min(limit, until - time.now))
        case .clear:
            if connection.wantsWrite { events |= Int16(POLLOUT) }
            if let look = link.nextLook(asks: true) {
                let left = Interval(nanoseconds: look) - Interval(nanoseconds: time.now.nanoseconds)
                limit = min(limit, max(.milliseconds(1), left))
            }
        }
        return sleep(for: limit, polling: events)
    }

    private func read(_ connection: MQTTConnection) {
        while burst.count < pacing.room, batch.arena.count < LaneBurst.mostBytes {
            guard case .progress = connection.readOnce() else { break }
        }
        if connection.listensToLibrary, !watch.isOpen(at: time.now) {
            connection.listensToLibrary = false
            handler.redeliveriesEnded()
        }
    }

    private func handOver(_ arrival: (MonotonicInstant, WallTime)) {
        guard burst.count > 0 else { return }
        link.worked()
        pacing.read(burst.count, at: time.now)
        lane.state.withLock { burst.add(to: &$0, unsettled: pacing.open) }
        if !batch.messages.isEmpty {
            batch.arrival = arrival.0
            batch.arrivalWallTime = arrival.1
            handler.receive(batch)
            batch.reset()
        }
        for refusal in burst.refusals {
            handler.refuse(
                topic: refusal.topic,
                reason: refusal.reason,
                payloadPrefix: refusal.prefix
            )
        }
        burst.begin()
    }

    private func maintain(_ connection: MQTTConnection) {
        let now = time.now
        guard now - lastMaintenance >= .milliseconds(500) else { return }
        lastMaintenance = now
        _ = connection.maintain()
        lane.progress.waitsForDisk()
        handler.rested()
        lane.progress.turn()
    }

    // MARK: Settling

    private func dueStep() -> LanePacing.Step {
        guard pacing.open > 0 else { return .clear }
        return pacing.step(
            at: time.now,
            isComplete: handler.isComplete,
            awaitsSoon: handler.awaitsSoon,
            unsettledSince: handler.unsettledSince
        )
    }

    // False when the storage failed and the connection was cut.
    private func settleIfDue() -> Bool {
        guard case .settle = dueStep() else { return true }
        return settle()
    }

    private func settle() -> Bool {
        lane.progress.waitsForDisk()
        defer { lane.progress.turn() }
        do throws(SettleFailure) {
            try handler.settle()
        } catch {
            storageFailed(error)
            return false
        }
        pacing.closed()
        let pauseEnded = pause.succeeded(at: time.now)
        lane.state.withLock { state in
            state.settles += 1
            state.unsettled = 0
            guard let pauseEnded else { return }
            state.pauseReason = nil
            state.pausedSince = nil
            state.secondsPaused += pauseEnded.seconds
        }
        if let pauseEnded {
            lane.logger.info("storage works again", metadata: ["paused_s": "\(pauseEnded.seconds)"])
        }
        return true
    }

    private func storageFailed(_ failure: SettleFailure) {
        link.cut()
        handler.abandon()
        pacing.closed()
        let begins = pause.failed(failure, at: time.now, randomness: .random(in: 0..<1))
        lane.state.withLock { state in
            state.unsettled = 0
            state.pauseReason = failure
            state.pausedSince = pause.current?.since
        }
        guard begins else { return }
        lane.logger.error(
            "paused: messages cannot be made safe, so the broker keeps them",
            metadata: ["reason": "\(failure.kind.rawValue)", "error": "\(failure.message)"]
        )
    }

    // MARK: The connection comes and goes

    private func opened(_ greeting: MQTTGreeting) {
        guard let connection = link.connection else { return }
        let isExpected = hadSession && !lane.options.mqtt.cleanStart
        let isFirst = link.connections == 1
        if lane.options.takesTraceParents { connection.takeTraceParents() }
        watch.connected(sessionPresent: greeting.sessionPresent, at: time.now)
        connection.listensToLibrary = greeting.sessionPresent
        hadSession = true
        lane.state.withLock { state in
            state.isConnected = true
            state.connections = link.connections
            if isExpected, !greeting.sessionPresent { state.sessionGaps += 1 }
        }
        lane.logger.info(
            "connected",
            metadata: [
                "broker": "\(lane.options.mqtt)", "session_present": "\(greeting.sessionPresent)",
            ]
        )
        if isExpected, !greeting.sessionPresent {
            lane.logger.error(
                "the broker has lost the session: messages published meanwhile may be missing"
            )
        }
        handler.connected(
            sessionPresent: greeting.sessionPresent,
            expectedSession: isExpected,
            afterUncleanExit: isFirst && lane.options.followsUncleanExit
        )
        subscribe(over: connection)
        link.awaitsAnswer(to: .subscription)
    }

    // What was received is made safe all the same: it may have begun to act, and the copies that
    // the broker will send are recognised by it.
    private func ended(_ failure: MQTTFailure, isNews: Bool, wasOpen: Bool) {
        lane.state.withLock { state in
            state.isConnected = false
            state.lastError = failure.description
        }
        subscriptions = [:]
        // Nothing of what it greeted with was handed over or acknowledged: it comes again.
        batch.reset()
        burst.begin()
        if pause.current == nil, isNews || wasOpen {
            lane.logger.warning(
                wasOpen ? "connection lost" : "cannot connect; trying again",
                metadata: ["error": "\(failure.message)", "advice": "\(failure.advice ?? "none")"]
            )
        }
        // Nothing was written while it was open, so none of its acknowledgements has left.
        if pacing.open > 0, settle() { handler.acknowledgementsLost() }
    }

    private func finish() {
        let isSettled = pacing.open == 0 || settle()
        lane.progress.waitsForDisk()
        if isSettled { handler.closing() }
        leave(isSettled: isSettled)
        lane.state.withLock { state in
            state.isConnected = false
            state.isStopped = true
        }
        lane.logger.info("stopped")
    }

    /// Leaves the broker; acknowledgements go out where everything is settled.
    private func leave(isSettled: Bool) {
        if isSettled, let connection = link.connection, connection.greeting != nil {
            connection.leave(within: 1)
        }
        link.close()
    }

    /// Holds, or lets go, as the lane was told; true while it is held.
    ///
    /// What cannot be settled is left as the storage's trouble leaves it, and tried again.
    private func follows(_ isWanted: Bool) -> Bool {
        guard isWanted != isHeld else { return isHeld }
        guard isWanted else {
            isHeld = false
            lane.state.withLock { $0.isHeld = false }
            return false
        }
        guard pacing.open == 0 || settle() else { return false }
        leave(isSettled: true)
        subscriptions = [:]
        isHeld = true
        lane.state.withLock { state in
            state.isHeld = true
            state.isConnected = false
        }
        return true
    }

    // MARK: Sleeping

    private func nap(_ interval: Interval) {
        guard interval > .zero else { return }
        var length = timespec(tv_sec: 0, tv_nsec: Int(interval.nanoseconds))
        nanosleep(&length, nil)
    }

    // True when the socket is readable or has ended; a wake ends it, too.
    @discardableResult
    private func sleep(for interval: Interval, polling events: Int16?) -> Bool {
        let milliseconds = Int32(clamping: (interval.nanoseconds + 999_999) / 1_000_000)
        let descriptor = events == nil ? nil : link.connection?.fileDescriptor
        let count: nfds_t = descriptor == nil ? 1 : 2
        return withUnsafeTemporaryAllocation(of: pollfd.self, capacity: 2) { entries in
            let signal = lane.signal.fileDescriptor
            entries.initializeElement(
                at: 0,
                to: pollfd(fd: signal, events: Int16(POLLIN), revents: 0)
            )
            entries.initializeElement(
                at: 1,
                to: pollfd(fd: descriptor ?? -1, events: events ?? 0, revents: 0)
            )
            let ready = poll(entries.baseAddress, count, milliseconds)
            return ready > 0 && entries[1].revents & ~Int16(POLLOUT) != 0
        }
    }
}
