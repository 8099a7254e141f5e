// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How a running gateway is doing, in data; its JSON has the names in snake case.
public struct GatewayStatus: Codable, Sendable {
    /// One input.
    public struct LaneReport: Codable, Sendable {
        /// Its name.
        public var name: String
        /// True while the broker has accepted it.
        public var connected: Bool
        /// How often it has connected.
        public var connections: Int
        /// What the broker granted for each filter: `qos 1`, or why not.
        public var subscriptions: [String: String]
        /// Messages by the quality of service they arrived with: 0, 1 and 2.
        public var messages: [Int]
        /// What the effective quality of service means for guarantee G1.
        public var promise: String
        /// Messages the broker marked as sent before.
        public var duplicates: Int
        /// Messages refused for their size.
        public var refused: Int
        /// Times the broker had lost the session.
        public var sessionGaps: Int
        /// Counts of devices that never came, in all; absent where nothing is missing.
        public var missing: Int64?
        /// Where they are missing, the newest gaps.
        public var gaps: [GapReport]?
        /// Messages the broker says it dropped; absent where it does not say.
        public var brokerDrops: Int?
        /// Why nothing is read, when that is so.
        public var paused: String?
        /// Seconds spent paused in all.
        public var secondsPaused: Double
        /// What last went wrong with the connection.
        public var lastError: String?
        /// What is kept of its windows and detectors; absent where they have nothing to keep.
        public var state: String?
    }

    /// Counts of one device that never came: readings lost before they reached us.
    public struct GapReport: Codable, Sendable {
        /// The device.
        public var device: String
        /// The topic it counts on.
        public var topic: String
        /// The last count before the gap.
        public var after: Int64
        /// The first count behind the gap.
        public var before: Int64
        /// How many of those between have not come since.
        public var missing: Int64
        /// When the gap was noticed.
        public var found: String
    }

    /// One endpoint: the worst breaker and the best uplink of its models, and each of them.
    public struct CloudReport: Codable, Sendable {
        /// `online`, `slow`, `offline` or `probing`.
        public var uplink: String
        /// `closed`, `open` or `half_open`.
        public var breaker: String
        /// Its models by the policy that asks them.
        public var models: [String: CloudModelReport]
        /// Why it does not answer; absent while it does, as far as is known.
        public var trouble: String?
        /// What it may cost and has cost, limit by limit; absent without a budget.
        public var budget: [BudgetLine]?
    }

    /// One limit of an endpoint's budget.
    public struct BudgetLine: Codable, Sendable {
        /// `calls`, `bytes` or `money`.
        public var kind: String
        /// `minute`, `hour`, `day` or `month`, in the site's time zone.
        public var window: String
        /// How much a window has.
        public var limit: Double
        /// How much of this window is spent, what is on the wire included.
        public var used: Double
        /// What is left, 0…1.
        public var left: Double
    }

    /// One model of an endpoint.
    public struct CloudModelReport: Codable, Sendable {
        /// `online`, `slow`, `offline` or `probing`.
        public var uplink: String
        /// `closed`, `open` or `half_open`.
        public var breaker: String
        /// Median latency in milliseconds.
        public var p50Ms: Double
        /// 95th percentile of latency in milliseconds.
        public var p95Ms: Double
        /// How many samples the quantiles rest on.
        public var samples: Int
        /// Calls under way.
        public var inFlight: Int
        /// Calls made since the start, hedges and retries included; absent from earlier versions' status.
        public var calls: Int?
        /// Calls that failed.
        public var failedCalls: Int?
        /// Calls sent a second time because the first was slow.
        public var hedges: Int?
        /// Questions that the next endpoint was asked as well because this one was slow.
        public var passedOn: Int?
    }

    /// The spool.
    public struct SpoolReport: Codable, Sendable {
        /// Rows waiting.
        public var waiting: Int
        /// Bytes in use.
        public var bytes: Int
        /// Bytes in use as a part of the cap.
        public var fill: Double
        /// Age of the oldest row in seconds.
        public var oldestSeconds: Double
        /// Rows that wait for another configuration.
        public var parked: Int?
        /// Why the disk does not take rows, when that is so.
        public var trouble: String?
        /// How many hours the room lasts at the rate at which it is being used up; absent while it is not.
        public var headRoomHours: Double?
        /// Rows found damaged since the file was made; absent without any.
        public var damagedRows: Int?
        /// Those of them that are kept in quarantine.
        public var quarantined: Int?
        /// Where a damaged file was set aside to in this run.
        public var setAside: String?
    }

    /// One policy.
    public struct PolicyReport: Codable, Sendable {
        /// Its name.
        public var name: String
        /// The digest of its file.
        public var version: String
        /// Its model, with the version loaded.
        public var model: String?
        /// True when its model is too slow for a lane, so that its readings become rows first.
        public var deferred: Bool
        /// What live audits say of its threshold; absent without thresholds and audits.
        public var bound: BoundReport?
    }

    /// Durations in buckets.
    public struct LatencyReport: Codable, Sendable {
        /// The upper ends of the buckets in milliseconds.
        public var upToMs: [Double]
        /// How many durations lie in each; one more than ends, for what is longer.
        public var counts: [Int64]
    }

    /// A set of policies that was read again and not taken.
    public struct RefusedReload: Codable, Sendable {
        /// Since when the policies on disk are not the ones in force, RFC 3339.
        public var since: String
        /// Why the last one was refused, with places; not all of many.
        public var reasons: [String]
    }

    /// The site's name.
    public var site: String
    /// What state it is in: why, since when, what it costs and what to do (G6).
    public var state: GatewayStateReport
    /// `online`, or `degraded` while there are warnings.
    public var presence: String
    /// Guarantees that cannot be kept now, and what to do; empty when all is well.
    public var warnings: [String]
    /// Seconds since the start.
    public var uptimeSeconds: Double
    /// True when the last run did not end well.
    public var afterUncleanExit: Bool
    /// The uplink: `online`, `slow`, `offline` or `probing`; `none` without endpoints.
    public var uplink: String
    /// True while actions can be published.
    public var publishing: Bool
    /// The inputs.
    public var lanes: [LaneReport]
    /// The pause of all of them that a person has ordered; absent while there is none.
    public var pause: InputPause?
    /// The endpoints, by name and policy.
    public var cloud: [String: CloudReport]
    /// The spool.
    public var spool: SpoolReport
    /// The user's own stores by name; absent where there are none.
    public var sinks: [String: SinkReport]?
    /// How the export of traces and metrics is doing; absent where nothing is exported.
    public var telemetry: ExportReport?
    /// The policies in force.
    public var policies: [PolicyReport]
    /// How each of their models is run.
    public var inference: [InferenceReport]?
    /// The models, with what has been seen of their versions; absent without a repository.
    public var models: [ModelReport]?
    /// The digest of the set of policies.
    public var policySet: String
    /// Why the policies on disk are not in force; absent where they are.
    public var refusedReload: RefusedReload?
    /// How many devices' clocks were found to be off; their lag is counted from the least one seen.
    public var suspectClocks: Int64?
    /// Counters by title.
    public var counters: [String: Int64]
    /// Median and 99th percentile of latencies in milliseconds, by title.
    public var latenciesMs: [String: [String: Double]]
    /// From a message's arrival to the first word on it; two readings give what was between them.
    public var decisionLatency: LatencyReport?
}
