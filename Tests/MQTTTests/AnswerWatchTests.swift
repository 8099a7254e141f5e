// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MQTT

@Suite struct AnswerWatchTests {
    private static let message = AnswerWatch.Heard(packets: 1)

    private static func answer(_ questions: AnswerWatch.Questions) -> AnswerWatch.Heard {
        AnswerWatch.Heard(
            packets: AnswerWatch.Questions.each.count { questions.contains($0) },
            presences: questions.contains(.presence) ? 1 : 0,
            answered: questions
        )
    }

    private let millisecond: Int64 = 1_000_000

    /// A broker that took 10 ms to accept us, at 0, and has sent a message every 2 ms since.
    private func busy(until end: Int64 = 100) -> AnswerWatch {
        var watch = AnswerWatch()
        watch.connected(after: 10 * millisecond, at: 0)
        for time in stride(from: 2, through: end, by: 2) {
            watch.heard(Self.message, at: time * millisecond)
        }
        return watch
    }

    private func isStuck(_ watch: inout AnswerWatch, at now: Int64, isDelivered: Bool) -> Bool {
        watch.isStuck(at: now, isDelivered: isDelivered)
    }

    @Test func `a silent broker is asked once, and left alone after its answer`() {
        var watch = busy()
        #expect(watch.nextQuestion == 250 * millisecond)
        watch.owes(.presence, at: 250 * millisecond)
        #expect(watch.nextQuestion == nil)
        watch.heard(Self.answer(.presence), at: 260 * millisecond)
        #expect(watch.nextQuestion == nil)
        #expect(watch.nextLook == nil)
        watch.heard(Self.message, at: 10_000 * millisecond)
        #expect(watch.nextQuestion != nil)
    }

    @Test func `messages before the answer leave the question open`() {
        var watch = busy()
        watch.owes(.presence, at: 250 * millisecond)
        let heard = AnswerWatch.Heard(packets: 3, presences: 1, answered: .presence)
        watch.heard(heard, at: 260 * millisecond)
        #expect(watch.nextQuestion == 410 * millisecond)
    }

    /// Plays a broker that greets at once, sends what it has kept, and answers `question` `delay` later; how
    /// often it was left until it had answered `turns` times.
    private func leavings(
        of watch: inout AnswerWatch,
        over question: AnswerWatch.Questions,
        delay: Int64,
        turns: Int
    ) -> Int {
        var now: Int64 = 0
        var count = 0
        watch.connected(after: millisecond, at: now)
        for _ in 0..<turns {
            var end = now + delay
            watch.owes(question, at: now)
            while let look = watch.nextLook, look < end, count < 100 {
                now = look
                guard watch.isStuck(at: now, isDelivered: true) else { continue }
                count += 1
                watch.connected(after: millisecond, at: now)
                watch.owes(question, at: now)
                end = now + delay
                now += 5 * millisecond
                watch.heard(Self.message, at: now)
            }
            now = end
            watch.heard(Self.answer(question), at: now)
            now += 2_000 * millisecond
            watch.heard(Self.message, at: now)
        }
        return count
    }

    @Test(arguments: [1_200, 3_000, 10_000])
    func `a broker whose answers take longer than its greeting is given the time`(delay: Int64) {
        for question in AnswerWatch.Questions.each {
            var watch = AnswerWatch()
            let count = leavings(of: &watch, over: question, delay: delay * millisecond, turns: 40)
            #expect((1...5).contains(count), "\(question)")
        }
    }

    @Test func `a broker that answers one thing slowly is not left after each quick answer`() {
        var watch = AnswerWatch()
        var count = 0
        var now: Int64 = 0
        watch.connected(after: millisecond, at: now)
        // Subscriptions are answered at once, the question whether it is there after 1.2 s.
        for _ in 0..<40 {
            var hasAnswered = false
            while !hasAnswered, count < 100 {
                watch.owes(.subscription, at: now)
                watch.heard(Self.answer(.subscription), at: now + millisecond)
                watch.owes(.presence, at: now + 2 * millisecond)
                let end = now + 1_202 * millisecond
                hasAnswered = true
                while let look = watch.nextLook, look < end {
                    now = look
                    guard watch.isStuck(at: now, isDelivered: true) else { continue }
                    count += 1
                    watch.connected(after: millisecond, at: now)
                    hasAnswered = false
                    break
                }
                if hasAnswered { now = end }
            }
            watch.heard(Self.answer(.presence), at: now)
            now += 5_000 * millisecond
            watch.heard(Self.message, at: now)
        }
        #expect((1...3).contains(count))
    }

    @Test func `a broker that was left is asked again at once`() {
        var watch = busy()
        watch.owes(.presence, at: 250 * millisecond)
        #expect(!isStuck(&watch, at: 500 * millisecond, isDelivered: true))
        #expect(isStuck(&watch, at: 750 * millisecond, isDelivered: true))
        watch.connected(after: 10 * millisecond, at: 760 * millisecond)
        watch.owes(.subscription, at: 760 * millisecond)
        #expect(watch.nextQuestion == 760 * millisecond)
        watch.owes(.presence, at: 761 * millisecond)
        #expect(watch.nextQuestion == nil)
        #expect(watch.patience == 2 * AnswerWatch.shortestPatience)
        watch.heard(Self.answer([.subscription, .presence]), at: 765 * millisecond)
        #expect(watch.patience == AnswerWatch.shortestPatience)
    }

    @Test func `a broker that was rightly left is left as soon the next time`() {
        var watch = busy()
        var now = 100 * millisecond
        for _ in 0..<20 {
            watch.owes(.presence, at: now)
            let begun = now
            var isLeft = false
            while !isLeft, let look = watch.nextLook {
                isLeft = watch.isStuck(at: look, isDelivered: true)
                now = look
            }
            #expect(now - begun == AnswerWatch.shortestPatience)
            now += 10 * millisecond
            watch.connected(after: 10 * millisecond, at: now)
            watch.owes([.subscription, .presence], at: now)
            now += 20 * millisecond
            watch.heard(Self.answer([.subscription, .presence]), at: now)
        }
    }

    @Test func `no broker is waited for longer than a minute`() {
        var watch = AnswerWatch()
        watch.connected(after: 50_000 * millisecond, at: 0)
        var now: Int64 = 0
        for _ in 0..<20 {
            watch.owes(.presence, at: now)
            while let look = watch.nextLook {
                now = look
                if watch.isStuck(at: look, isDelivered: true) { break }
            }
            watch.connected(after: Int64.max / 2, at: now)
            #expect(watch.patience == AnswerWatch.longestPatience)
        }
    }

    @Test func `a broker that sends seldom is asked seldom`() {
        var watch = AnswerWatch()
        watch.connected(after: 10 * millisecond, at: 0)
        for time in 1...10 { watch.heard(Self.message, at: Int64(time) * 1_000 * millisecond) }
        #expect(watch.nextQuestion == 26_000 * millisecond)
    }

    @Test func `no answer to what was delivered is found out within the patience`() {
        var watch = busy()
        watch.owes(.presence, at: 250 * millisecond)
        #expect(watch.nextLook == 500 * millisecond)
        #expect(!isStuck(&watch, at: 499 * millisecond, isDelivered: true))
        #expect(!isStuck(&watch, at: 500 * millisecond, isDelivered: true))
        #expect(watch.nextLook == 750 * millisecond)
        #expect(!isStuck(&watch, at: 749 * millisecond, isDelivered: true))
        #expect(isStuck(&watch, at: 750 * millisecond, isDelivered: true))
    }

    @Test func `owing more does not put the look off`() {
        var watch = busy()
        watch.owes(.presence, at: 250 * millisecond)
        watch.owes(.presence, at: 490 * millisecond)
        #expect(watch.nextLook == 500 * millisecond)
    }

    @Test func `nothing is concluded while something is under way`() {
        var watch = busy()
        watch.owes(.presence, at: 250 * millisecond)
        for time in stride(from: Int64(500), through: 60_000, by: 250) {
            #expect(!isStuck(&watch, at: time * millisecond, isDelivered: false))
        }
        // What had arrived at the first look, and not at the second, begins anew, too.
        #expect(!isStuck(&watch, at: 60_250 * millisecond, isDelivered: true))
        #expect(!isStuck(&watch, at: 60_500 * millisecond, isDelivered: false))
        #expect(!isStuck(&watch, at: 60_750 * millisecond, isDelivered: true))
        #expect(isStuck(&watch, at: 61_000 * millisecond, isDelivered: true))
    }

    @Test func `anything that comes is a sign of life`() {
        var watch = busy()
        watch.owes(.presence, at: 250 * millisecond)
        #expect(!isStuck(&watch, at: 500 * millisecond, isDelivered: true))
        watch.heard(Self.message, at: 700 * millisecond)
        // The answer is still owed, and is waited for anew.
        #expect(watch.nextLook == 950 * millisecond)
        #expect(!isStuck(&watch, at: 950 * millisecond, isDelivered: true))
        watch.heard(Self.answer(.presence), at: 960 * millisecond)
        #expect(watch.nextLook == nil)
        #expect(!isStuck(&watch, at: 5_000 * millisecond, isDelivered: true))
    }

    @Test func `patience follows the slowest answer of late, and comes down again`() {
        var watch = busy()
        watch.owes(.presence, at: 200 * millisecond)
        watch.heard(Self.answer(.presence), at: 600 * millisecond)
        #expect(watch.patience == 1_600 * millisecond)
        for turn in 1...40 {
            watch.owes(.presence, at: Int64(turn) * 1_000 * millisecond)
            watch.heard(Self.answer(.presence), at: Int64(turn) * 1_000 * millisecond + millisecond)
        }
        #expect(watch.patience == AnswerWatch.shortestPatience)
    }

    @Test func `a broker that accepts slowly is waited for longer`() {
        var watch = busy()
        watch.connected(after: 2_000 * millisecond, at: 10_000 * millisecond)
        #expect(watch.patience == 8_000 * millisecond)
        #expect(watch.nextLook == nil)
    }
}
