// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import Hummingbird
import ServiceLifecycle
import Synchronization
import Telemetry

/// Live decisions as server-sent events (WHATWG HTML, section 9.2).
///
/// `event: decision` with a line of the decision log as data; `event: lost` with `{"lines":n}` when some
/// were missed; a comment where nothing happens, so that a connection that is gone is noticed. A
/// reader who does not read holds up nobody: its lines are overwritten where they wait, and counted.
struct DecisionStream: Sendable {
    /// How many streams are open at once; more are refused with 503.
    static let limit = 256
    /// After how long without anything to say a comment is sent.
    static let patience = Duration.seconds(10)
    /// How many lines are sent at a time.
    private static let most = 256

    fileprivate final class Seats: Sendable {
        let taken = Atomic<Int>(0)
    }

    /// Gives a seat back when the stream ends, in whichever way it does.
    final class Seat: Sendable {
        private let seats: Seats

        fileprivate init?(_ seats: Seats) {
            let taken = seats.taken.wrappingAdd(1, ordering: .relaxed).newValue
            guard taken <= DecisionStream.limit else {
                seats.taken.wrappingSubtract(1, ordering: .relaxed)
                return nil
            }
            // Last, because `deinit` runs for whatever has all its properties, failed or not.
            self.seats = seats
        }

        deinit { seats.taken.wrappingSubtract(1, ordering: .relaxed) }
    }

    let feed: DecisionFeed
    private let seats = Seats()

    init(feed: DecisionFeed) {
        self.feed = feed
    }

    /// How many streams are open.
    var open: Int { seats.taken.load(ordering: .relaxed) }

    /// How long a stream of so many rests between two looks.
    ///
    /// All of them together look five hundred times a second at most, so that the two-hundredth costs nothing more.
    static func pause(open: Int) -> Duration { max(.milliseconds(100), .milliseconds(2 * open)) }

    /// A place for one more stream; nil when all are taken.
    func seat() -> Seat? { Seat(seats) }

    /// Answers a request for a stream.
    func answer(_ call: Call) throws -> Response {
        let request = call.request
        let filter = DecisionFeed.Filter(
            policy: call.text("policy"),
            route: call.text("route"),
            device: call.text("device")
        )
        guard let seat = seat(), let listener = feed.listen(filter) else {
            throw HTTPError(
                .serviceUnavailable,
                headers: [.retryAfter: "10"],
                message: "too many streams are open, or too many different filters"
            )
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream",
                .cacheControl: "no-store",
            ],
            body: ResponseBody { [self] writer in
                // Cancelled as soon as the reader closes its side.
                try? await request.body.consumeWithCancellationOnInboundClose { _ in
                    try await send(listener, to: &writer)
                }
                withExtendedLifetime(seat) {}
                try await writer.finish(nil)
            }
        )
    }

    /// Sends until the reader or the gateway goes.
    private func send(
        _ listener: DecisionListener,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
        var silence = Duration.zero
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            let taken = listener.take(most: Self.most)
            let events = Self.events(taken)
            if !events.isEmpty {
                silence = .zero
                try await writer.write(ByteBuffer(bytes: events))
            } else if silence >= Self.patience {
                silence = .zero
                try await writer.write(ByteBuffer(string: ": nothing new\n\n"))
            }
            guard taken.lines.count < Self.most else { continue }
            let pause = Self.pause(open: open)
            silence += pause
            try await Task.sleep(for: pause)
        }
    }

    /// What was taken, as events.
    static func events(_ taken: DecisionListener.Taken) -> [UInt8] {
        var bytes: [UInt8] = []
        if taken.lost > 0 {
            bytes += "event: lost\ndata: {\"lines\":\(taken.lost)}\n\n".utf8
        }
        for line in taken.lines {
            bytes += "event: decision\ndata: ".utf8
            bytes += line
            bytes += "\n\n".utf8
        }
        return bytes
    }
}
