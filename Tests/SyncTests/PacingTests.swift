// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Sync

private func instant(_ seconds: Double) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: Int64(seconds * 1e9))
}

@Suite struct `The bucket of bytes a second` {
    @Test func `never runs dry where no rate is set`() {
        var bucket = TokenBucket(bytesPerSecond: nil)
        bucket.spend(1 << 40)
        #expect(bucket.wait(at: instant(0)) == .zero)
    }

    @Test func `lets a batch larger than itself leave, and waits for what that owes`() {
        var bucket = TokenBucket(bytesPerSecond: 1_000)
        #expect(bucket.wait(at: instant(0)) == .zero)
        bucket.spend(3_000)
        let wait = bucket.wait(at: instant(0))
        #expect(abs(wait.seconds - 2) < 0.001)
        #expect(bucket.wait(at: instant(1.9)) > .zero)
        #expect(bucket.wait(at: instant(2.01)) == .zero)
    }

    @Test func `holds one second's bytes and no more`() {
        var bucket = TokenBucket(bytesPerSecond: 1_000)
        _ = bucket.wait(at: instant(0))
        _ = bucket.wait(at: instant(1_000))
        bucket.spend(1_500)
        #expect(abs(bucket.wait(at: instant(1_000)).seconds - 0.5) < 0.001)
    }

    @Test func `fills at a share of its rate`() {
        var bucket = TokenBucket(bytesPerSecond: 1_000)
        _ = bucket.wait(at: instant(0))
        bucket.spend(2_000)
        #expect(abs(bucket.wait(at: instant(0), share: 0.25).seconds - 4) < 0.001)
        #expect(bucket.wait(at: instant(3.9), share: 0.25) > .zero)
        #expect(bucket.wait(at: instant(4.1), share: 0.25) == .zero)
    }

    @Test func `never lets more through than the rate, a burst and a batch`() {
        var bucket = TokenBucket(bytesPerSecond: 10_000)
        var random = SystemRandomNumberGenerator()
        var (now, sent) = (0.0, 0)
        for _ in 0..<5_000 {
            now += Double.random(in: 0...0.05, using: &random)
            guard bucket.wait(at: instant(now)) == .zero else { continue }
            let bytes = Int.random(in: 1...8_000, using: &random)
            bucket.spend(bytes)
            sent += bytes
            #expect(Double(sent) <= now * 10_000 + 10_000 + 8_000 + 1)
        }
        #expect(Double(sent) > now * 10_000 * 0.9)
    }
}

@Suite struct `The pace that live traffic leaves` {
    /// Ten answers a second of so many seconds each, for so long.
    private func pace(
        _ pace: inout LivePace,
        _ latency: Double,
        from start: Double,
        for length: Double
    ) -> Double {
        var now = start
        while now < start + length {
            pace.note(Interval(nanoseconds: Int64(latency * 1e9)), at: instant(now))
            now += 0.1
        }
        return now
    }

    @Test func `takes all while nobody is asked live`() {
        var pace = LivePace()
        #expect(pace.share(at: instant(0)) == 1)
        #expect(pace.share(at: instant(1_000)) == 1)
    }

    @Test func `takes all while live answers come as quickly as ever`() {
        var pace = LivePace()
        let end = self.pace(&pace, 0.080, from: 0, for: 20)
        #expect(pace.share(at: instant(end)) == 1)
    }

    @Test func `gives way when live answers queue, down to a sixteenth and not to nothing`() {
        var pace = LivePace()
        var now = self.pace(&pace, 0.080, from: 0, for: 5)
        now = self.pace(&pace, 0.200, from: now, for: 0.5)
        #expect(pace.share < 0.3)
        now = self.pace(&pace, 0.200, from: now, for: 5)
        #expect(pace.share == LivePace.least)
    }

    @Test func `grows back when the queue is gone`() {
        var pace = LivePace()
        var now = self.pace(&pace, 0.080, from: 0, for: 5)
        now = self.pace(&pace, 0.200, from: now, for: 5)
        now = self.pace(&pace, 0.080, from: now, for: 1)
        #expect(pace.share > LivePace.least)
        #expect(pace.share < 1)
        now = self.pace(&pace, 0.080, from: now, for: 5)
        #expect(pace.share == 1)
    }

    @Test func `takes all again two seconds after the last live answer`() {
        var pace = LivePace()
        var now = self.pace(&pace, 0.080, from: 0, for: 5)
        now = self.pace(&pace, 0.200, from: now, for: 5)
        #expect(pace.share(at: instant(now + 1)) < 1)
        #expect(pace.share(at: instant(now + 2.2)) == 1)
    }

    @Test func `forgets after ten minutes how quick the way once was`() {
        var pace = LivePace()
        var now = self.pace(&pace, 0.010, from: 0, for: 5)
        now = self.pace(&pace, 0.100, from: now, for: 660)
        #expect(pace.share > 0.5)
    }

    @Test func `leaves the way alone between batches where its share is less than one`() {
        let second = Interval.seconds(1)
        #expect(DrainPace.pause(after: second, share: 1, limit: 2) == .zero)
        #expect(DrainPace.pause(after: second, share: 0.5, limit: 2) == .zero)
        #expect(DrainPace.pause(after: second, share: 0.25, limit: 2) == second)
        #expect(DrainPace.pause(after: second, share: 1.0 / 16, limit: 1) == .seconds(5))
    }
}
