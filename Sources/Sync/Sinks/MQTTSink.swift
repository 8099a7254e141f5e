// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Act
public import MQTT
import Synchronization
public import Vocabulary

/// A cloud's broker that takes one line a message, at QoS 1.
///
/// Where the password is a token with an end, the connection is made anew, with a fresh one, before it
/// comes.
public final class MQTTSink: Sink {
    /// A password, and when it is to be replaced.
    public struct Password: Sendable {
        /// The password; nil for none.
        public var text: String?
        /// When the connection is to be made anew; nil for never.
        public var renewal: WallTime?

        /// Makes a password.
        public init(_ text: String?, renewal: WallTime? = nil) {
            self.text = text
            self.renewal = renewal
        }
    }

    /// How it is spoken to.
    public struct Options: Sendable {
        /// The connection; its password is set with each attempt.
        public var connection: MQTTOptions
        /// What kind of broker it is.
        public var dialect: BrokerDialect
        /// Where lines are published; nil where the dialect says.
        public var topic: TopicTemplate?
        /// The site's name, for the topic.
        public var site: String
        /// How much it takes at a time.
        public var limits: SinkLimits
        /// Gives the password of a connection made now; asked with every attempt to connect.
        public var password: @Sendable (WallTime) throws(MQTTFailure) -> Password

        /// Makes a set of options.
        public init(
            connection: MQTTOptions,
            dialect: BrokerDialect,
            topic: TopicTemplate?,
            site: String,
            limits: SinkLimits = SinkLimits(lines: 100),
            password: @escaping @Sendable (WallTime) throws(MQTTFailure) -> Password = { _ in
                Password(nil)
            }
        ) {
            self.connection = connection
            self.dialect = dialect
            self.topic = topic
            self.site = site
            self.limits = limits
            self.password = password
            self.limits.lines = min(limits.lines, dialect.window)
        }
    }

    /// A connection that can be ended.
    public protocol Link: Publishing {
        /// Begins to connect.
        func start()
        /// Ends it, within so many seconds.
        @discardableResult
        func stop(within seconds: Double) -> Bool
        /// True while the broker has accepted us.
        var isConnected: Bool { get }
        /// Why there is no connection.
        var reason: String { get }
    }

    private struct State {
        var link: (any Link)?
        var renewal: WallTime?
        var isStopped = false
    }

    /// How much it takes at a time.
    public let limits: SinkLimits
    private let options: Options
    private let time: any TimeSource
    private let makeLink: @Sendable (MQTTOptions) -> any Link
    // Changed when the connection is made anew; held for a few loads.
    private let state = Mutex(State())

    /// Makes a sink; nothing is connected before `start`.
    public init(
        _ options: Options,
        time: any TimeSource,
        makeLink: @escaping @Sendable (MQTTOptions) -> any Link
    ) {
        self.options = options
        self.time = time
        self.makeLink = makeLink
        limits = options.limits
    }

    /// Begins to connect.
    public func start() {
        _ = link()
    }

    /// Ends the connection.
    public func stop() {
        let link = state.withLock { state in
            state.isStopped = true
            defer { state.link = nil }
            return state.link
        }
        link?.stop(within: 1)
    }

    /// Publishes the lines; each is answered for by its acknowledgement.
    ///
    /// Those of one stream go one round after the other where one before them was not taken.
    public func send(_ lines: [OutboundLine], streams: [String]) async -> [SinkOutcome] {
        guard let link = link() else {
            return lines.map { _ in .failed("we are stopping") }
        }
        var outcomes = [SinkOutcome?](repeating: nil, count: lines.count)
        var publications: [MQTTPublication] = []
        var places: [Int] = []
        var barred: Set<String> = []
        for (place, line) in lines.enumerated() {
            guard !barred.contains(streams[place]) else {
                outcomes[place] = .held
                continue
            }
            switch publication(of: line) {
            case .success(let publication):
                publications.append(publication)
                places.append(place)
            case .failure(let refusal):
                outcomes[place] = .refused(refusal.reason)
                barred.insert(streams[place])
            }
        }
        for (place, outcome) in zip(places, await Self.publish(publications, on: link)) {
            outcomes[place] = Self.meaning(outcome, on: link)
        }
        return outcomes.map { $0 ?? .held }
    }

    private struct Refusal: Error {
        var reason: String
    }

    private func publication(of line: OutboundLine) -> Result<MQTTPublication, Refusal> {
        let limit = options.dialect.largestMessage
        guard line.json.count <= limit else {
            let reason = "\(line.json.count) bytes are more than the \(limit) the broker takes"
            return .failure(Refusal(reason: reason))
        }
        let device = options.connection.clientID
        let (dialect, site) = (options.dialect, options.site)
        guard
            let topic = dialect.topic(options.topic, device: device, line: line, site: site)
        else { return .failure(Refusal(reason: "no topic that the broker takes can be made")) }
        return .success(MQTTPublication(topic: topic, payload: line.json))
    }

    private static func publish(
        _ publications: [MQTTPublication],
        on link: any Link
    ) async -> [MQTTPublishOutcome] {
        guard !publications.isEmpty else { return [] }
        let (ends, end) = AsyncStream<(Int, MQTTPublishOutcome)>.makeStream()
        link.publish(publications) { end.yield(($0, $1)) }
        var outcomes = [MQTTPublishOutcome](
            repeating: .failed(.stopped),
            count: publications.count
        )
        var left = publications.count
        for await (index, outcome) in ends {
            outcomes[index] = outcome
            left -= 1
            if left == 0 { break }
        }
        return outcomes
    }

    private static func meaning(
        _ outcome: MQTTPublishOutcome,
        on link: any Link
    ) -> SinkOutcome {
        switch outcome {
        case .acknowledged: .stored
        case .failed(.invalid(let reason)): .refused(reason)
        case .failed(.rejected(let reason)) where reason.blamesMessage:
            .refused("the broker refused it: \(reason)")
        case .failed(.notConnected): .failed("not connected: \(link.reason)")
        // A broker that ends the connection says why, and nobody else hears it.
        case .failed(.connectionLost) where !link.isConnected:
            .failed("\(MQTTPublishFailure.connectionLost): \(link.reason)")
        // A broker that does not let us publish, or has no room, means us and not the line.
        case .failed(let failure): .failed(failure.description)
        }
    }

    /// The connection, made anew where its password is about to end; nil once stopped.
    private func link() -> (any Link)? {
        let now = time.wallTime
        let current = state.withLock { state -> (any Link)? in
            guard let link = state.link, !state.isStopped else { return nil }
            return state.renewal.map { now < $0 } ?? true ? link : nil
        }
        if let current { return current }
        var connection = options.connection
        let password = options.password
        connection.renew = { [weak self, time] options throws(MQTTFailure) in
            let fresh = try password(time.wallTime)
            options.password = fresh.text
            self?.state.withLock { $0.renewal = fresh.renewal }
        }
        let link = makeLink(connection)
        let former = state.withLock { state -> (any Link)?? in
            guard !state.isStopped else { return .none }
            // The attempt to connect says how long its password is good for.
            defer { (state.link, state.renewal) = (link, nil) }
            return .some(state.link)
        }
        guard let former else { return nil }
        // Two connections of one client id would throw each other out.
        former?.stop(within: 1)
        link.start()
        return link
    }
}

extension MQTTPublisher: MQTTSink.Link {
    /// Why there is no connection.
    public var reason: String { status.reason }
}
