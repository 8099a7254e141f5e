// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import Telemetry
import Testing
import Vocabulary

@testable import Admin

@Suite(.serialized, .timeLimit(.minutes(1))) struct `The stream of decisions` {
    private let subject = DecisionFeed.Subject(policy: "press", route: "act", device: "4")

    @Test func `comes over the control socket as it happens`() async throws {
        let site = try ControlSite()
        try await site.serving { client in
            let feed = site.gateway.decisions
            var events = client.decisions(policy: "press").makeAsyncIterator()
            while !feed.isHeard { await Task.yield() }
            feed.publish(Array(#"{"decision_id":"7f"}"#.utf8), subject)
            let line = Array(#"{"decision_id":"7f"}"#.utf8)
            #expect(try await events.next() == .decision(line))
            for number in 0..<(DecisionFeed.capacity * 2) {
                feed.publish(Array("{\"n\":\(number)}".utf8), subject)
            }
            // The first of them may be taken while the others are still coming.
            for _ in 0..<(DecisionFeed.capacity * 2) {
                guard case .lost(let count) = try await events.next() else { continue }
                #expect(count > 0)
                return
            }
            Issue.record("nothing was lost")
        }
    }

    @Test func `gives its place back when the reader goes`() async throws {
        let site = try ControlSite()
        try await site.serving { client in
            let task = Task { for try await _ in client.decisions() {} }
            while !site.gateway.decisions.isHeard { await Task.yield() }
            task.cancel()
            while site.gateway.decisions.isHeard { await Task.yield() }
        }
    }

    @Test func `refuses a route that is none`() async throws {
        let site = try ControlSite()
        try await site.serving { client in
            await #expect(throws: ControlClient.Failure.self) {
                for try await _ in client.decisions(route: "sideways") {}
            }
        }
    }

    @Test func `an event of any bytes is read again, wherever the parts break`() {
        var taken = DecisionListener.Taken()
        taken.lost = 3
        taken.lines = [Array(#"{"device":"ä: b"}"#.utf8)]
        let bytes = DecisionStream.events(taken) + Array(": hush\n\n".utf8)
        let wanted: [EventParser.Event] = [
            .init(name: "lost", data: Array(#"{"lines":3}"#.utf8)),
            .init(name: "decision", data: taken.lines[0]),
        ]
        for size in 1...bytes.count {
            var parser = EventParser()
            var events: [EventParser.Event] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                events += parser.take(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(events == wanted)
        }
    }

    @Test func `an event that is too long is passed over`() {
        var parser = EventParser()
        let long = [UInt8](repeating: 0x61, count: EventParser.lineLimit + 1)
        #expect(parser.take(Array("data: ".utf8) + long + Array("\n\n".utf8)).isEmpty)
        #expect(
            parser.take(Array("data: a\ndata: b\n\n".utf8))
                == [.init(name: "message", data: Array("a\nb".utf8))]
        )
    }
}
