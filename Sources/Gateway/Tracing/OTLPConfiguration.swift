// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import HTTP
public import Settings
public import Vocabulary

/// Where traces and metrics are exported to; nowhere, unless `telemetry: { otlp: … }` says so.
public struct OTLPConfiguration: Sendable {
    /// What is exported.
    public enum Signal: String, CaseIterable, Sendable {
        /// Spans of messages.
        case traces
        /// What `/metrics` shows.
        case metrics
    }

    /// The collector's address; `/v1/traces` and `/v1/metrics` are added.
    public var url: String
    /// Header fields of every request, by reference.
    public var headers: [(name: String, value: SecretReference)]
    /// What is exported.
    public var signals: Set<Signal>
    /// How many of the messages that nobody traced before are traced, 0…1.
    public var sample: Double
    /// How many traces a second are begun or taken over at most.
    public var tracesPerSecond: Int
    /// From one export to the next.
    public var interval: Interval
    /// How the collector is verified.
    public var tls: HTTPTLS

    /// Makes a set of settings; everything but the address has a default.
    public init(
        url: String,
        headers: [(name: String, value: SecretReference)] = [],
        signals: Set<Signal> = Set(Signal.allCases),
        sample: Double = 0.01,
        tracesPerSecond: Int = 100,
        interval: Interval = .seconds(10),
        tls: HTTPTLS = HTTPTLS()
    ) {
        self.url = url
        self.headers = headers
        self.signals = signals
        self.sample = sample
        self.tracesPerSecond = tracesPerSecond
        self.interval = interval
        self.tls = tls
    }
}

extension OTLPConfiguration {
    init?(_ root: SettingsNode) {
        guard let node = root.optionalMapping("telemetry")?.optionalMapping("otlp") else {
            return nil
        }
        self.init(url: node.required("url", Self.address) ?? "")
        headers = node.named("headers").compactMap { field in
            guard field.expectMapping() else { return nil }
            guard let secret = field.secret("value") else {
                field.problem(
                    "`\(field.name)` has no value",
                    hint: "use `value_file` or `value_env`"
                )
                return nil
            }
            return (field.name, secret)
        }
        signals = Set(
            node.value("signals", .list(of: .choice(Signal.self)), default: Signal.allCases)
        )
        if signals.isEmpty {
            node.node("signals")?.problem(
                "nothing is to be exported",
                hint: "leave `telemetry` out instead"
            )
        }
        sample = node.value("sample", .fraction, default: sample)
        tracesPerSecond = node.integer(
            "traces_per_second",
            in: 1...10_000,
            default: tracesPerSecond
        )
        interval = node.duration(
            "interval",
            in: .seconds(1)...Interval.seconds(3_600),
            default: interval
        )
        tls = HTTPTLS(reading: node)
        if url.hasPrefix("http://"), !Loopback.contains(url: url) {
            node.node("url")?.problem(
                "what is exported would cross the network in the clear",
                hint: "use `https://`",
                severity: .warning
            )
        }
    }

    /// Why a text is no collector's address.
    public struct Misaddressed: Error, Equatable, Sendable {
        /// What is wrong, as the end of a sentence.
        public var message: String
    }

    /// A collector's address, without slashes at its end; throws why `text` is none.
    public static func address(_ text: String) throws(Misaddressed) -> String {
        guard let scheme = ["http://", "https://"].first(where: { text.hasPrefix($0) }) else {
            throw Misaddressed(message: "begins with `https://` or `http://`")
        }
        let rest = text.dropFirst(scheme.count)
        guard !rest.contains(where: { "?# ".contains($0) }) else {
            throw Misaddressed(
                message: "is an address to which `/v1/traces` and `/v1/metrics` can be added"
            )
        }
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@") else {
            throw Misaddressed(message: "holds no name or password; give them as `headers`")
        }
        guard HostAndPort.split(authority) != nil else {
            throw Misaddressed(message: "names a host, and a port where it is not the usual one")
        }
        return String(text.reversed().drop { $0 == "/" }.reversed())
    }

    private static var address: Shape<String> {
        .parsed("an address such as `https://collector.example:4318`") {
            text in
            do throws(Misaddressed) {
                return try address(text)
            } catch {
                throw ShapeMismatch(hint: "it \(error.message)")
            }
        }
    }
}
