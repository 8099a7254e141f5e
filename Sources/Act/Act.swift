// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import HTTP
public import Logging
import MQTT
import Synchronization
public import Vocabulary

/// Carries decisions out: publishes, calls webhooks, writes to the log.
///
/// Any thread may use it, and no call blocks. It tries each effect once; keeping what could not be
/// delivered, and trying again, is the spool's.
///
/// ## Guarantees
/// - An effect whose key was delivered lately is `.delivered` again without being sent: a batch that is
///   redelivered after its alerts went out does not ring twice. The memory is bounded and lives
///   as long as the process; beyond it, receivers honour the key.
/// - An effect whose key is under way is not sent a second time; both callers learn the outcome.
/// - Publications leave in the order they were given. Webhook calls about one device, to one address,
///   go out one after the other; others run beside them.
public final class Act: Sendable {
    /// What has become of effects so far.
    public struct Counts: Hashable, Sendable {
        /// Delivered by a call of their own.
        public var delivered = 0
        /// Not sent, because they had been delivered before.
        public var remembered = 0
        /// Not sent, because the same was under way.
        public var joined = 0
        /// To be tried again.
        public var undelivered = 0
        /// Given up.
        public var rejected = 0
        /// Too old.
        public var dropped = 0
    }

    typealias Settled = @Sendable (Int, DeliveryOutcome) -> Void

    struct Waiter: Sendable {
        var index: Int
        var settled: Settled
    }

    struct State: Sendable {
        var delivered = RecencyTable<EffectKey, Bool>()
        var waiters: [EffectKey: [Waiter]] = [:]
        var calls: CallQueue
        var counts = Counts()
        var isStopping = false
    }

    let options: ActOptions
    let http: any WebCalling
    let time: any TimeSource
    private let publisher: any Publishing
    private let logger: Logger
    // Shared by lanes, whichever thread publishes and webhook tasks; held for table look-ups only.
    let state: Mutex<State>

    /// Makes it; publishers and clients are started and stopped by the caller.
    public init(
        publisher: any Publishing,
        http: any WebCalling,
        time: any TimeSource,
        logger: Logger,
        options: ActOptions = ActOptions()
    ) {
        self.publisher = publisher
        self.http = http
        self.time = time
        self.logger = logger
        self.options = options
        state = Mutex(
            State(
                calls: CallQueue(running: options.callsInFlight, waiting: options.callsWaiting)
            )
        )
    }

    /// What has become of effects so far.
    public var counts: Counts { state.withLock { $0.counts } }

    /// How many effects are under way.
    public var underWay: Int { state.withLock { $0.waiters.count } }

    /// Carries out `effects`; `whenSettled` is called exactly once for each, with its index.
    ///
    /// It is called on a publisher's or another caller's thread, on a task of Swift's, or on the caller's own
    /// before this returns. It must not block.
    public func deliver(
        _ effects: [Effect],
        whenSettled: @escaping @Sendable (Int, DeliveryOutcome) -> Void
    ) {
        var publications: [MQTTPublication] = []
        var keys: [EffectKey] = []
        for (index, effect) in effects.enumerated()
        where admit(effect, Waiter(index: index, settled: whenSettled)) {
            switch effect.target {
            case .publish(let topic, let qualityOfService, let isRetained):
                publications.append(
                    MQTTPublication(
                        topic: topic,
                        payload: effect.body,
                        qualityOfService: qualityOfService,
                        isRetained: isRetained,
                        traceparent: effect.traceparent
                    )
                )
                keys.append(effect.key)
            case .webhook(let webhook): call(webhook, effect)
            case .log:
                log(effect)
                settle(effect.key, .delivered)
            }
        }
        guard !publications.isEmpty else { return }
        let published = keys
        publisher.publish(publications) { [self] index, outcome in
            settle(published[index], Self.outcome(outcome))
        }
    }

    /// Takes no more webhook calls: those that wait, and new ones, are undelivered at once.
    ///
    /// Calls under way end when the HTTP client is shut down or they time out.
    public func stop() {
        let waiting = state.withLock { state in
            state.isStopping = true
            return state.calls.removeWaiting()
        }
        for effect in waiting {
            settle(effect.key, .undelivered(reason: "the gateway is stopping"))
        }
    }

    private enum Admission {
        case send
        case join
        case answer(DeliveryOutcome)
    }

    /// True when the effect is to be sent now; otherwise its waiter has been, or will be, told.
    private func admit(_ effect: Effect, _ waiter: Waiter) -> Bool {
        let isTooOld = isTooOld(effect)
        let admission: Admission = state.withLock { state in
            if state.delivered.use(effect.key) != nil {
                state.counts.remembered += 1
                return .answer(.delivered)
            }
            if state.waiters[effect.key] != nil {
                state.counts.joined += 1
                state.waiters[effect.key]?.append(waiter)
                return .join
            }
            guard !isTooOld else {
                state.counts.dropped += 1
                return .answer(.dropped(.tooOld))
            }
            state.waiters[effect.key] = [waiter]
            return .send
        }
        switch admission {
        case .send: return true
        case .join: return false
        case .answer(let outcome):
            waiter.settled(waiter.index, outcome)
            return false
        }
    }

    func isTooOld(_ effect: Effect) -> Bool {
        guard let notAfter = effect.notAfter else { return false }
        return notAfter < time.now
    }

    /// Tells everyone who waits for `key`.
    func settle(_ key: EffectKey, _ outcome: DeliveryOutcome) {
        let waiters = state.withLock { state in
            switch outcome {
            case .delivered:
                state.counts.delivered += 1
                state.delivered.set(key, true)
                state.delivered.trim(to: options.memory)
            case .undelivered: state.counts.undelivered += 1
            case .rejected: state.counts.rejected += 1
            case .dropped: state.counts.dropped += 1
            }
            return state.waiters.removeValue(forKey: key) ?? []
        }
        for waiter in waiters {
            waiter.settled(waiter.index, outcome)
        }
    }

    private static func outcome(_ outcome: MQTTPublishOutcome) -> DeliveryOutcome {
        switch outcome {
        case .acknowledged: .delivered
        case .failed(let failure) where failure.isPermanent:
            .rejected(reason: failure.description)
        case .failed(let failure): .undelivered(reason: failure.description)
        }
    }

    private func log(_ effect: Effect) {
        // The one place where a body is logged: the policy asked for it.
        logger.notice(
            "action",
            metadata: [
                "key": "\(effect.key)",
                "device": "\(effect.device)",
                "body": "\(String(decoding: effect.body.prefix(2_048), as: UTF8.self))",
            ]
        )
    }
}
