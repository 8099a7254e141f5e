// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import HTTP
public import Vocabulary

/// One cloud endpoint: where it is, what it speaks, and the limits it is asked under.
public struct EndpointOptions: Sendable {
    /// Its name in the configuration.
    public var name: String
    /// The server's name: endpoints on one server share its budget.
    public var server: String
    /// The server's address, without the protocol's own path.
    public var url: String
    /// The model's name there.
    public var model: String
    /// The version to ask for; nil for the server's choice.
    public var modelVersion: String?
    /// The labels in the order of the probabilities; nil takes whatever label the endpoint names.
    public var labels: [String]?
    /// Which outputs carry the answer.
    public var outputs: OutputNames
    /// The time one call may take.
    public var timeout: Interval
    /// The time to reach the server, inside `timeout`.
    public var connectTimeout: Interval
    /// Calls under way at once.
    public var maximumInFlight: Int
    /// Questions in one call.
    public var maximumBatch: Int
    /// Questions that may wait for room, live ones and others each.
    public var maximumWaiting: Int
    /// The longest reply accepted, in bytes.
    public var maximumReplyBytes: Int
    /// What it speaks.
    public var speaks: CloudSpeech
    /// Header fields every request carries; nothing secret.
    public var headers: [(name: String, value: String)]
    /// Who we are to it.
    public var credential: any Credential
    /// How the server is verified, and what we show it.
    public var tls: HTTPTLS
    /// When it counts as broken.
    public var breaker: BreakerOptions
    /// How often a failed call is tried again inside the deadline.
    public var retry: RetryOptions
    /// How often it is asked whether it is ready.
    public var probe: ProbeOptions
    /// Slower answers than this make the uplink `slow`; nil for half the timeout.
    public var slowAbove: Interval?
    /// When a slow call is sent again before it is answered; nil for never.
    public var hedging: HedgeOptions?
    /// What may be spent at the server; nil for any amount.
    ///
    /// The same for all endpoints on it.
    public var budget: BudgetOptions?

    /// Makes a set of options.
    public init(
        name: String,
        server: String? = nil,
        url: String,
        model: String,
        modelVersion: String? = nil,
        labels: [String]? = nil,
        outputs: OutputNames = OutputNames(),
        timeout: Interval = .seconds(2),
        connectTimeout: Interval = .seconds(1),
        maximumInFlight: Int = 16,
        maximumBatch: Int = 32,
        maximumWaiting: Int = 1024,
        maximumReplyBytes: Int = 1 << 20,
        speaks: CloudSpeech = .openInference(isBinary: false),
        headers: [(name: String, value: String)] = [],
        credential: any Credential = NoCredential(),
        tls: HTTPTLS = HTTPTLS(),
        breaker: BreakerOptions = BreakerOptions(),
        retry: RetryOptions = RetryOptions(),
        probe: ProbeOptions = ProbeOptions(),
        slowAbove: Interval? = nil,
        hedging: HedgeOptions? = nil,
        budget: BudgetOptions? = nil
    ) {
        self.name = name
        self.server = server ?? name
        self.url = url
        self.model = model
        self.modelVersion = modelVersion
        self.labels = labels
        self.outputs = outputs
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.maximumInFlight = max(1, maximumInFlight)
        self.maximumBatch = max(1, maximumBatch)
        self.maximumWaiting = max(1, maximumWaiting)
        self.maximumReplyBytes = maximumReplyBytes
        self.speaks = speaks
        self.headers = headers
        self.credential = credential
        self.tls = tls
        self.breaker = breaker
        self.retry = retry
        self.probe = probe
        self.slowAbove = slowAbove
        self.hedging = hedging
        self.budget = budget
    }
}

/// How often an endpoint is asked whether it is ready; each wait is jittered by a quarter.
public struct ProbeOptions: Hashable, Sendable {
    /// Between probes while it works and nothing else is asked of it.
    public var interval: Interval
    /// Between probes while it does not work.
    public var intervalWhenDown: Interval

    /// Makes a set of options.
    public init(
        interval: Interval = .seconds(5),
        intervalWhenDown: Interval = .seconds(1)
    ) {
        self.interval = interval
        self.intervalWhenDown = intervalWhenDown
    }
}
