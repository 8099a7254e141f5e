// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
public import Escalate
public import HTTP
public import Vocabulary

/// A web server that takes many JSON lines a call (NDJSON, `application/x-ndjson`).
///
/// Every line carries its own key, as the `id` of its event; the call carries a key made of them all, so
/// that a server may recognise either.
public final class NDJSONSink: Sink {
    /// How it is called.
    public struct Options: Sendable {
        /// Where lines are posted.
        public var url: String
        /// Header fields beside our own.
        public var headers: [(name: String, value: String)]
        /// True when bodies are compressed with gzip.
        public var usesGzip: Bool
        /// The time one call may take.
        public var timeout: Interval
        /// How much it takes at a time.
        public var limits: SinkLimits
        /// How the server is verified, and what we show it.
        public var tls: HTTPTLS
        /// Shows the server who we are.
        public var credential: any Credential

        /// Makes a set of options.
        public init(
            url: String,
            headers: [(name: String, value: String)] = [],
            usesGzip: Bool = true,
            timeout: Interval = .seconds(30),
            limits: SinkLimits = SinkLimits(),
            tls: HTTPTLS = HTTPTLS(),
            credential: any Credential = NoCredential()
        ) {
            self.url = url
            self.headers = headers
            self.usesGzip = usesGzip
            self.timeout = timeout
            self.limits = limits
            self.tls = tls
            self.credential = credential
        }
    }

    /// How much it takes at a time.
    public let limits: SinkLimits
    private let options: Options
    private let http: any WebCalling
    private let time: any TimeSource

    /// Makes a sink; nothing is sent before `send`.
    public init(_ options: Options, http: any WebCalling, time: any TimeSource) {
        self.options = options
        self.http = http
        self.time = time
        limits = options.limits
    }

    /// Needs nothing.
    public func start() {}

    /// Holds nothing.
    public func stop() {}

    /// Posts the lines, in halves where the server refuses them as a whole.
    public func send(_ lines: [OutboundLine], streams: [String]) async -> [SinkOutcome] {
        var bisection = Bisection(streams: streams)
        while let places = bisection.next() {
            let reply = await post(places.map { lines[$0] })
            bisection.take(reply, for: places)
        }
        return bisection.outcomes.map { $0 ?? .held }
    }

    private func post(_ lines: [OutboundLine]) async -> Bisection.Reply {
        var request = request(lines)
        do throws(CredentialError) {
            try await options.credential.authorize(
                &request,
                over: http,
                now: time.wallTime
            )
        } catch {
            return .failed(.failed("we cannot say who we are: \(error)"))
        }
        do throws(HTTPError) {
            let response = try await http.send(request)
            if response.status == 401 || response.status == 403 {
                // What it was shown is asked for anew with the next call.
                _ = options.credential.renews(after: request, status: response.status)
            }
            let wait = response.header("retry-after").flatMap { text in
                RetryAfter.wait(text, at: time.wallTime)
            }
            return NDJSONReply.meaning(response, lines: lines.count, retryAfter: wait)
        } catch {
            switch error.code {
            case .invalidRequest: return .refused(error.description)
            default: return .failed(.failed(error.description))
            }
        }
    }

    private func request(_ lines: [OutboundLine]) -> HTTPRequest {
        var body: [UInt8] = []
        body.reserveCapacity(lines.reduce(0) { $0 + $1.json.count + 1 })
        for line in lines {
            body += line.json
            body.append(UInt8(ascii: "\n"))
        }
        var headers = [
            (name: "Content-Type", value: "application/x-ndjson"),
            (name: "Idempotency-Key", value: Self.key(lines)),
        ]
        if options.usesGzip, let compressed = Gzip.compressed(body) {
            body = compressed
            headers.append((name: "Content-Encoding", value: "gzip"))
        }
        headers += options.headers
        return HTTPRequest(
            method: "POST",
            url: options.url,
            headers: headers,
            body: body,
            timeout: options.timeout.seconds,
            connectTimeout: min(options.timeout.seconds, 5),
            maximumReplyBytes: NDJSONReply.bodyLimit,
            tls: options.tls
        )
    }

    /// The same for the same lines in the same order, whenever they are sent.
    static func key(_ lines: [OutboundLine]) -> String {
        var hash = SHA256()
        for line in lines {
            hash.update(data: Array(line.key.utf8))
            hash.update(data: [0])
        }
        return hash.finalize().prefix(16).map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}
