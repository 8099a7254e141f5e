// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `A canary's limits` {
    private func tally(
        findings: Int = 0,
        failures: Int = 0,
        slow: Int = 0,
        verdicts: Int = 0,
        disagreements: Int = 0
    ) -> VersionTally {
        var tally = VersionTally()
        tally.findings = findings
        tally.failures = failures
        tally.slow = slow
        tally.verdicts = verdicts
        tally.disagreements = disagreements
        return tally
    }

    @Test func `let it go on where nothing is asked of it`() {
        let seen = tally(findings: 1_000, failures: 1_000)
        #expect(CanaryLimits().judge(seen, age: .seconds(1)) == .goesOn)
    }

    @Test func `end it for findings that fail`() {
        let limits = CanaryLimits(failures: 0.01, atLeast: 50)
        #expect(limits.judge(tally(findings: 49, failures: 49), age: .zero) == .goesOn)
        #expect(
            limits.judge(tally(findings: 60, failures: 20), age: .zero)
                == .rolledBack(
                    reason: "it failed in 20 of 60, at least 16.2 % for certain; 1.0 % are allowed"
                )
        )
        #expect(limits.judge(tally(findings: 1_000, failures: 10), age: .zero) == .goesOn)
    }

    @Test func `end it for differing from the cloud, and for being slow`() {
        let limits = CanaryLimits(agreement: 0.9, latency: .milliseconds(20), atLeast: 50)
        let odd = limits.judge(tally(verdicts: 100, disagreements: 40), age: .zero)
        guard case .rolledBack(let reason) = odd else {
            Issue.record("\(odd)")
            return
        }
        #expect(reason.hasPrefix("it differed from the cloud in 40 of 100, at least"))
        #expect(reason.hasSuffix("agreement in 90.0 % is wanted"))
        let slow = limits.judge(tally(findings: 400, slow: 40), age: .zero)
        guard case .rolledBack(let why) = slow else {
            Issue.record("\(slow)")
            return
        }
        #expect(why.hasPrefix("it took longer than 20.0 ms in 40 of 400"))
        #expect(limits.judge(tally(findings: 400, slow: 5), age: .zero) == .goesOn)
    }

    @Test func `promote it only when told to, after its time, with every limit known to be kept`() {
        var limits = CanaryLimits(agreement: 0.8, failures: 0.05, atLeast: 100)
        let good = tally(findings: 5_000, failures: 1, verdicts: 400, disagreements: 10)
        #expect(limits.judge(good, age: .seconds(1 << 30)) == .goesOn)
        limits.promoteAfter = .seconds(3_600)
        #expect(limits.judge(good, age: .seconds(3_599)) == .goesOn)
        #expect(
            limits.judge(good, age: .seconds(3_600))
                == .promoted(
                    reason: "it kept its limits: it failed in 1 of 5000, it differed from the "
                        + "cloud in 10 of 400"
                )
        )
        // Too few verdicts, or too many that differ for the limit to be known to be kept.
        let unsure = [
            tally(findings: 5_000, verdicts: 99), tally(findings: 5_000),
            tally(findings: 5_000, verdicts: 110, disagreements: 19),
        ]
        for seen in unsure {
            #expect(limits.judge(seen, age: .seconds(7_200)) == .goesOn)
        }
    }

    @Test func `end a canary that keeps them no more often than was stated`() {
        // Looked at after every reading: the error is over the whole life.
        let limits = CanaryLimits(agreement: 0.9, failures: 0.1, certainty: 0.9, atLeast: 20)
        var state: UInt64 = 7
        func isHit() -> Bool {
            // Knuth's MMIX generator; its high bits are good enough for a tenth.
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53 < 0.1
        }
        var ended = 0
        for _ in 0..<100 {
            var seen = VersionTally()
            for step in 0..<300 {
                seen.findings += 1
                seen.verdicts += 1
                if isHit() { seen.failures += 1 }
                if isHit() { seen.disagreements += 1 }
                guard step % 10 == 0, case .rolledBack = limits.judge(seen, age: .zero) else {
                    continue
                }
                ended += 1
                break
            }
        }
        // One in ten at most.
        #expect(ended <= 10)
    }

    @Test func `find out a bad canary soon`() {
        let limits = CanaryLimits(agreement: 0.9, atLeast: 20)
        var seen = VersionTally()
        for step in 0..<200 {
            seen.verdicts += 1
            if step % 2 == 0 { seen.disagreements += 1 }
            if case .rolledBack = limits.judge(seen, age: .zero) { break }
        }
        #expect(seen.verdicts < 40)
    }
}
