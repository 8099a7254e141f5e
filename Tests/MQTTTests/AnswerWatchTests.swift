// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MQTT

@Suite struct AnswerWatchTests {
    private let millisecond: Int64 = 1_000_000

    /// A broker that took 10 ms to accept us, at 0, and has sent a message every 2 ms since.
    private func busy(until end: Int64 = 100) -> AnswerWatch {
        var watch = AnswerWatch()
        watch.connected(after: 10 * millisecond, at: 0)
        for time in stride(from: 2, through: end, by: 2) {
            watch.heard(1, answers: 0, at: time * millisecond)
        }
        return watch
    }

    private func isStuck(_ watch: inout AnswerWatch, at now: Int64, isDelivered: Bool) -> Bool {
        watch.isStuck(at: now, isDelivered: isDelivered)
    }

    @Test func `a silent broker is asked once, and left alone after its answer`() {
        var watch = busy()
        #expect(watch.nextQuestion == 250 * millisecond)
        watch.owes(at: 250 * millisecond)
        #expect(watch.nextQuestion == nil)
        watch.heard(1, answers: 1, at: 260 * millisecond)
        #expect(watch.nextQuestion == nil)
        #expect(watch.nextLook == nil)
        watch.heard(1, answers: 0, at: 10_000 * millisecond)
        #expect(watch.nextQuestion != nil)
    }

    @Test func `messages before the answer leave the question open`() {
        var watch = busy()
        watch.owes(at: 250 * millisecond)
        watch.heard(3, answers: 1, at: 260 * millisecond)
        #expect(watch.nextQuestion == 410 * millisecond)
    }

    @Test(arguments: [false, true])
    func
        `a broker whose work takes longer than its greeting is given the time, where it works for us`(
            learns: Bool
        )
    {
        var watch = AnswerWatch()
        watch.learns = learns
        var now: Int64 = 0
        var hasAnswered = false
        // Each time it answers three seconds after it was asked, and greets at once.
        for _ in 0..<6 where !hasAnswered {
            watch.connected(after: millisecond, at: now)
            watch.owes(at: now)
            let end = now + 3_000 * millisecond
            var isLeft = false
            while !isLeft, let look = watch.nextLook, look < end {
                isLeft = watch.isStuck(at: look, isDelivered: true)
                now = look
            }
            hasAnswered = !isLeft
        }
        #expect(hasAnswered == learns)
        #expect(watch.patience < 21_000 * millisecond)
    }

    @Test func `a broker that sends seldom is asked seldom`() {
        var watch = AnswerWatch()
        watch.connected(after: 10 * millisecond, at: 0)
        for time in 1...10 { watch.heard(1, answers: 0, at: Int64(time) * 1_000 * millisecond) }
        #expect(watch.nextQuestion == 26_000 * millisecond)
    }

    @Test func `no answer to what was delivered is found out within the patience`() {
        var watch = busy()
        watch.owes(at: 250 * millisecond)
        #expect(watch.nextLook == 500 * millisecond)
        #expect(!isStuck(&watch, at: 499 * millisecond, isDelivered: true))
        #expect(!isStuck(&watch, at: 500 * millisecond, isDelivered: true))
        #expect(watch.nextLook == 750 * millisecond)
        #expect(!isStuck(&watch, at: 749 * millisecond, isDelivered: true))
        #expect(isStuck(&watch, at: 750 * millisecond, isDelivered: true))
    }

    @Test func `owing more does not put the look off`() {
        var watch = busy()
        watch.owes(at: 250 * millisecond)
        watch.owes(at: 490 * millisecond)
        #expect(watch.nextLook == 500 * millisecond)
    }

    @Test func `nothing is concluded while something is under way`() {
        var watch = busy()
        watch.owes(at: 250 * millisecond)
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
        watch.owes(at: 250 * millisecond)
        #expect(!isStuck(&watch, at: 500 * millisecond, isDelivered: true))
        watch.heard(1, answers: 0, at: 700 * millisecond)
        #expect(watch.nextLook == nil)
        #expect(!isStuck(&watch, at: 5_000 * millisecond, isDelivered: true))
    }

    @Test func `patience follows the slowest answer of late, and comes down again`() {
        var watch = busy()
        watch.owes(at: 200 * millisecond)
        watch.heard(1, answers: 1, at: 600 * millisecond)
        #expect(watch.patience == 1_600 * millisecond)
        for turn in 1...40 {
            watch.owes(at: Int64(turn) * 1_000 * millisecond)
            watch.heard(1, answers: 1, at: Int64(turn) * 1_000 * millisecond + millisecond)
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
