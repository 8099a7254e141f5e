// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Telemetry
import Testing
import Vocabulary

@Suite struct `The feed of decisions` {
    let start = MonotonicInstant(nanoseconds: 0)

    func subject(_ device: String, route: String = "act") -> DecisionFeed.Subject {
        DecisionFeed.Subject(policy: "press", route: route, device: device)
    }

    func texts(_ taken: DecisionListener.Taken) -> [String] {
        taken.lines.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `wants nothing while nobody listens, and keeps nothing`() throws {
        let feed = DecisionFeed()
        #expect(!feed.wants(subject("1"), isWritten: true, at: start))
        feed.publish(Array("a".utf8), subject("1"))
        let listener = try #require(feed.listen())
        #expect(listener.take().lines.isEmpty)
    }

    @Test func `hands every line to all who listen`() throws {
        let feed = DecisionFeed()
        let first = try #require(feed.listen())
        feed.publish(Array("a".utf8), subject("1"))
        let second = try #require(feed.listen())
        feed.publish(Array("b".utf8), subject("1"))
        #expect(texts(first.take()) == ["a", "b"])
        #expect(texts(second.take()) == ["b"])
        #expect(first.take().lines.isEmpty && first.take().lost == 0)
    }

    @Test func `a filter lets through what it names`() throws {
        let feed = DecisionFeed()
        let one = try #require(feed.listen(.init(device: "1")))
        let dropped = try #require(feed.listen(.init(policy: "press", route: "drop")))
        feed.publish(Array("a".utf8), subject("1"))
        feed.publish(Array("b".utf8), subject("2", route: "drop"))
        #expect(texts(one.take()) == ["a"])
        #expect(texts(dropped.take()) == ["b"])
        #expect(feed.wants(subject("1"), isWritten: true, at: start))
        #expect(!feed.wants(subject("3"), isWritten: true, at: start))
    }

    @Test func `takes no more at a time than asked for`() throws {
        let feed = DecisionFeed()
        let listener = try #require(feed.listen())
        for line in ["a", "b", "c"] { feed.publish(Array(line.utf8), subject("1")) }
        #expect(texts(listener.take(most: 2)) == ["a", "b"])
        #expect(texts(listener.take(most: 2)) == ["c"])
    }

    @Test func `a slow listener loses the oldest lines and is told how many`() throws {
        let feed = DecisionFeed()
        let listener = try #require(feed.listen())
        let count = DecisionFeed.capacity + 100
        for number in 0..<count { feed.publish(Array("\(number)".utf8), subject("1")) }
        let taken = listener.take(most: .max)
        #expect(taken.lost + taken.lines.count == count)
        #expect(taken.lost > 0)
        #expect(texts(taken).last == "\(count - 1)")
        #expect(listener.take().lost == 0)
    }

    @Test func `keeps no more bytes than it may`() throws {
        let feed = DecisionFeed()
        let listener = try #require(feed.listen())
        let line = [UInt8](repeating: 0x20, count: 60 << 10)
        for _ in 0..<1_000 { feed.publish(line, subject("1")) }
        let taken = listener.take(most: .max)
        #expect(taken.lines.reduce(0) { $0 + $1.count } <= DecisionFeed.byteLimit)
        #expect(taken.lost > 0 && !taken.lines.isEmpty)
    }

    @Test func `loses nothing of many who decide, and keeps each one's order`() async throws {
        let feed = DecisionFeed()
        let listener = try #require(feed.listen())
        let subject = subject("1")
        let (lanes, each) = (4, 2_000)
        var (lines, lost) = ([Substring](), 0)
        await withTaskGroup(of: Void.self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    for number in 0..<each {
                        feed.publish(Array("\(lane) \(number)".utf8), subject)
                    }
                }
            }
            while lines.count + lost < lanes * each {
                let taken = listener.take()
                lost += taken.lost
                lines += texts(taken).map { $0[...] }
                await Task.yield()
            }
        }
        #expect(lines.count + lost == lanes * each)
        for lane in 0..<lanes {
            let own = lines.filter { $0.hasPrefix("\(lane) ") }.compactMap { Int($0.dropFirst(2)) }
            #expect(own == own.sorted() && Set(own).count == own.count)
        }
    }

    @Test func `lines of those who are gone are found by nobody`() throws {
        let feed = DecisionFeed()
        var first = feed.listen()
        feed.publish(Array("a".utf8), subject("1"))
        withExtendedLifetime(first) {}
        first = nil
        let second = try #require(feed.listen())
        #expect(second.take().lines.isEmpty && feed.lines(containing: "a").isEmpty)
    }

    @Test func `of what is not logged it wants so many a second, and tells of the rest`() throws {
        let feed = DecisionFeed(linesPerSecond: 10)
        let listener = try #require(feed.listen())
        #expect(listener.take().lost == 0)
        let wanted = (0..<25).count { _ in feed.wants(subject("1"), isWritten: false, at: start) }
        #expect(wanted == 10)
        #expect(listener.take().lost == 15)
        let later = start + .milliseconds(500)
        let more = (0..<25).count { _ in feed.wants(subject("1"), isWritten: false, at: later) }
        #expect(more == 5)
        #expect(feed.wants(subject("1"), isWritten: true, at: later))
    }

    @Test func `a filter has a budget of its own`() throws {
        let feed = DecisionFeed(linesPerSecond: 1)
        let all = try #require(feed.listen())
        let one = try #require(feed.listen(.init(device: "1")))
        #expect(feed.wants(subject("2"), isWritten: false, at: start))
        #expect(!feed.wants(subject("2"), isWritten: false, at: start))
        #expect(feed.wants(subject("1"), isWritten: false, at: start))
        #expect(!feed.wants(subject("1"), isWritten: false, at: start))
        withExtendedLifetime((all, one)) {}
    }

    @Test func `different filters are bounded, and a seat is free again`() throws {
        let feed = DecisionFeed()
        var listeners = (0..<DecisionFeed.filterLimit).map { feed.listen(.init(device: "\($0)")) }
        #expect(listeners.allSatisfy { $0 != nil })
        #expect(feed.listen(.init(device: "one more")) == nil)
        #expect(feed.audience == DecisionFeed.filterLimit)
        let again = feed.listen(.init(device: "0"))
        #expect(again != nil)
        listeners = []
        #expect(feed.audience == 1)
        #expect(feed.listen(.init(device: "one more")) != nil)
    }
}
