// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Telemetry
import Vocabulary

/// What one thread knows of the messages it traces; belongs to its message path.
///
/// Messages share bursts, so the times of ingest, decode and infer are their burst's. A burst of which
/// nothing is traced costs one comparison.
final class PathTracer {
    /// Messages that are traced and wait to be settled; more would only be a leak.
    private static let mostUnsettled = 4_096

    let tracer: SpanTracer
    private let role: MessagePath.Role
    private let input: String
    /// Those of the burst that is worked on, by their place in it.
    private(set) var burst: [Int: MessageTrace] = [:]
    /// That of the message whose reading is being decided.
    private(set) var current: MessageTrace?
    private var unsettled: [MessageTrace] = []
    /// How many messages are passed over until the next one that is traced.
    private var distance: Int
    private var taken = WallTime(nanoseconds: 0)
    private var decodedAt = WallTime(nanoseconds: 0)
    private var inferredAt = WallTime(nanoseconds: 0)
    private var decidingSince = WallTime(nanoseconds: 0)

    init(_ tracer: SpanTracer, role: MessagePath.Role, input: String) {
        self.tracer = tracer
        self.role = role
        self.input = input
        // A worker goes on with what lanes have begun.
        distance = role == .lane ? tracer.sampler.distance() : .max
    }

    /// Chooses what of a burst is traced; false where nothing is.
    func begin(_ batch: Batch) -> Bool {
        let count = batch.messages.count
        if distance >= count, batch.traces.isEmpty {
            distance -= count
            return false
        }
        taken = tracer.now
        decodedAt = taken
        inferredAt = taken
        for index in batch.messages.indices {
            let isDrawn = distance == 0
            distance = isDrawn ? tracer.sampler.distance() : distance - 1
            let former = batch.traces[index]
            guard isDrawn || former != nil else { continue }
            burst[index] = trace(of: batch.messages[index], former, batch.arrivalWallTime)
        }
        return !burst.isEmpty
    }

    /// The trace of a message that was drawn, or that belongs to one: whoever began it has decided whether it
    /// is kept, as far as there is room.
    private func trace(
        of message: Message,
        _ former: TraceContext?,
        _ arrival: WallTime
    ) -> MessageTrace? {
        let isKept = former?.isSampled != false && hasRoom
        guard var context = isKept ? former ?? .fresh() : former else { return nil }
        if isKept, former != nil { context.span = UInt64.random(in: 1 ... .max) }
        let trace = MessageTrace(
            tracer: tracer,
            context: context,
            parent: former?.span,
            isKept: isKept,
            bytes: message.payload.count,
            qualityOfService: message.qualityOfService,
            arrival: arrival
        )
        if isKept { unsettled.append(trace) }
        return trace
    }

    private var hasRoom: Bool {
        guard unsettled.count < Self.mostUnsettled else {
            tracer.sampler.passOver()
            return false
        }
        // What a lane has admitted is not counted again.
        return role == .worker || tracer.sampler.admits(at: tracer.instant)
    }

    /// The burst's readings are there.
    func decoded() {
        decodedAt = tracer.now
    }

    /// The models have spoken.
    func inferred() {
        inferredAt = tracer.now
    }

    /// A reading of the burst's message at `index` is being decided; false where that is not traced.
    func decides(_ index: Int) -> Bool {
        current = burst[index]
        guard current != nil else { return false }
        decidingSince = tracer.now
        return true
    }

    /// The decision stands.
    func decided(_ attributes: () -> [(name: String, value: Span.Attribute)]) {
        defer { current = nil }
        guard let current, current.isKept else { return }
        tracer.queue.append([
            current.span("decide", decidingSince, tracer.now, attributes())
        ])
    }

    /// The burst is worked through.
    func end() {
        var spans: [Span] = []
        for trace in burst.values where trace.isKept {
            if role == .lane { spans.append(trace.span("ingest", trace.arrival, taken)) }
            spans.append(trace.span("decode", taken, decodedAt))
            spans.append(trace.span("infer", decodedAt, inferredAt))
        }
        tracer.queue.append(spans)
        burst.removeAll(keepingCapacity: true)
    }

    // MARK: - Until acknowledgements may leave

    /// A settling that is under way.
    struct Settling {
        let start: WallTime
        let isWritten: Bool
    }

    /// What is unsettled begins to be; nil where none of it is traced.
    func settling(isWritten: @autoclosure () -> Bool) -> Settling? {
        guard !unsettled.isEmpty else { return nil }
        return Settling(start: tracer.now, isWritten: isWritten())
    }

    /// All of it is settled: what needed no row has no span of the spool.
    func settled(_ settling: Settling) {
        let end = tracer.now
        var spans: [Span] = []
        for trace in unsettled {
            if settling.isWritten { spans.append(trace.span("spool", settling.start, end)) }
            spans.append(
                Span(
                    role == .lane ? "message" : "pending",
                    context: trace.context,
                    parent: trace.parent,
                    kind: role == .lane ? .consumer : .inside,
                    start: trace.arrival,
                    end: end,
                    attributes: attributes(of: trace)
                )
            )
        }
        tracer.queue.append(spans)
        unsettled.removeAll(keepingCapacity: true)
    }

    private func attributes(
        of trace: MessageTrace
    ) -> [(name: String, value: Span.Attribute)] {
        guard role == .lane else { return [] }
        return [
            ("messaging.system", .text("mqtt")),
            ("messaging.operation.name", .text("process")),
            ("messaging.operation.type", .text("process")),
            ("messaging.message.body.size", .whole(Int64(trace.bytes))),
            ("messaging.mqtt.qos", .whole(Int64(trace.qualityOfService))),
            ("sluice.input", .text(input)),
        ]
    }

    /// Nothing of it happened: the broker will send it again.
    func abandon() {
        burst.removeAll(keepingCapacity: true)
        unsettled.removeAll(keepingCapacity: true)
        current = nil
    }
}
