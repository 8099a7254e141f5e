// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import HTTP
public import Logging
import Settings
import Synchronization
public import Telemetry
public import Vocabulary

/// Sends spans and metrics to a collector, every so often, beside everything else.
///
/// What the collector wants later is kept, as much as the queue holds, and what is more is counted and
/// forgotten. Nothing waits for it.
public final class OTLPExporter: Sendable {
    /// Spans of one request: well below any collector's limit of 4 MiB.
    static let most = 1_024
    /// How long the last round may take, once the process ends.
    private static let lastRound = 1.5

    /// What came of it so far.
    public struct Counts: Hashable, Sendable {
        /// Spans that the collector took.
        public var exported = 0
        /// Spans that it will never take, or that there was no time for at the end.
        public var refused = 0
        /// Requests that came to nothing.
        public var failures = 0
        /// Why the last one did; nil where it did not.
        public var trouble: String?
    }

    private struct State {
        var counts = Counts()
        var pace = ExportPace()
        /// Spans that the collector wants later.
        var held: [Span] = []
        var limiter = RepeatLimiter(interval: .seconds(300))
    }

    /// Where, and how often.
    public let options: OTLPConfiguration
    /// What waits.
    public let queue: SpanQueue
    private let document: OTLPDocument
    private let time: any TimeSource
    private let logger: Logger
    private let state = Mutex(State())

    /// Makes an exporter of what is put into `queue`.
    public init(
        options: OTLPConfiguration,
        queue: SpanQueue,
        document: OTLPDocument,
        time: any TimeSource,
        logger: Logger
    ) {
        self.options = options
        self.queue = queue
        self.document = document
        self.time = time
        self.logger = logger
    }

    /// What came of it so far.
    public var counts: Counts { state.withLock { $0.counts } }

    /// How many spans wait.
    public var waiting: Int { queue.count + state.withLock { $0.held.count } }

    /// Exports until the task is cancelled, and once more then; `samples` is asked for metrics.
    public func run(
        over http: any WebCalling,
        samples: @escaping @Sendable () -> [MetricSample]
    ) async {
        let start = time.wallTime
        var due = time.now + options.interval
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            if Task.isCancelled { break }
            let now = time.now
            let isDue = now >= due
            // Many spans do not wait for their hour, because there is not room for very many.
            guard isDue || queue.count >= Self.most else { continue }
            if isDue { due = now + options.interval }
            await export(isDue ? samples : nil, since: start, over: http)
        }
        // Not in the cancelled task, whose requests would end before they begin.
        await Task.detached { [self] in
            await export(samples, since: start, over: http, within: Self.lastRound)
            state.withLock { state in
                state.counts.refused += state.held.count
                state.held = []
            }
        }.value
    }

    /// One round; `samples` is nil while metrics are not due.
    func export(
        _ samples: (@Sendable () -> [MetricSample])?,
        since start: WallTime,
        over http: any WebCalling,
        within limit: Double = 10
    ) async {
        guard state.withLock({ $0.pace.admits(at: time.now) }) else { return }
        let end = time.now + Interval(nanoseconds: Int64(limit * 1e9))
        if options.signals.contains(.traces) {
            guard await exportSpans(over: http, until: end) else { return }
        }
        guard let samples, options.signals.contains(.metrics) else { return }
        let body = document.metrics(samples(), start: start, now: time.wallTime)
        // Totals: the next one makes good for one that is lost.
        note(await send("/v1/metrics", body, over: http, until: end))
    }

    /// False when the collector is not to be asked again now.
    private func exportSpans(over http: any WebCalling, until end: MonotonicInstant) async -> Bool {
        var spans = state.withLock { state in
            defer { state.held = [] }
            return state.held[...]
        }
        // Never both in hand: what is held and what waits are bounded each by itself.
        if spans.isEmpty { spans = queue.takeAll()[...] }
        while !spans.isEmpty {
            let batch = spans.prefix(Self.most)
            let answer = await send("/v1/traces", document.traces(batch), over: http, until: end)
            note(answer, spans: batch.count)
            if case .later = answer {
                state.withLock { $0.held = Array(spans) }
                return false
            }
            spans = spans.dropFirst(batch.count)
            if spans.isEmpty { spans = queue.takeAll()[...] }
        }
        return true
    }

    private func note(_ answer: OTLPAnswer, spans: Int = 0) {
        let now = time.now
        let (trouble, wasTrouble, isNews) = state.withLock { state in
            let former = state.counts.trouble
            switch answer {
            case .taken(let rejected):
                state.pace.answered()
                state.counts.exported += max(0, spans - rejected)
                state.counts.refused += min(spans, rejected)
                state.counts.trouble = nil
            case .later(let reason, let after):
                state.pace.failed(retryAfter: after, at: now)
                state.counts.failures += 1
                state.counts.trouble = reason
            case .refused(let reason):
                state.pace.answered()
                state.counts.refused += spans
                state.counts.failures += 1
                state.counts.trouble = reason
            }
            let trouble = state.counts.trouble
            let isNews = trouble != nil && state.limiter.admit("export", at: now) != nil
            return (trouble, former != nil, isNews)
        }
        if let trouble, isNews {
            logger.warning(
                "traces and metrics are not exported",
                metadata: ["url": "\(options.url)", "reason": "\(trouble)"]
            )
        } else if trouble == nil, wasTrouble {
            logger.info(
                "traces and metrics are exported again",
                metadata: ["url": "\(options.url)"]
            )
        }
    }

    private func send(
        _ path: String,
        _ body: [UInt8],
        over http: any WebCalling,
        until end: MonotonicInstant
    ) async -> OTLPAnswer {
        let left = (end - time.now).seconds
        guard left > 0 else { return .later(reason: "there is no time left", after: nil) }
        var headers = [(name: "Content-Type", value: "application/json")]
        for (name, secret) in options.headers {
            do throws(SecretReference.Unreadable) {
                headers.append((name: name, value: try secret.read()))
            } catch {
                return .later(reason: error.message, after: nil)
            }
        }
        let request = HTTPRequest(
            method: "POST",
            url: options.url + path,
            headers: headers,
            body: body,
            timeout: left,
            connectTimeout: min(left, 3),
            maximumReplyBytes: 64 << 10,
            tls: options.tls
        )
        do throws(HTTPError) {
            return OTLPAnswer(try await http.send(request), at: time.wallTime)
        } catch {
            return OTLPAnswer(error)
        }
    }
}
