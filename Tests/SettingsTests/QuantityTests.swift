// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Testing
import Vocabulary

@Suite struct `Quantities` {
    @Test(arguments: [
        ("1ns", 1), ("1us", 1_000), ("250ms", 250_000_000), ("2s", 2_000_000_000),
        ("1.5s", 1_500_000_000), ("1m", 60_000_000_000), ("1h30m", 5_400_000_000_000),
        ("7d", 604_800_000_000_000), ("0s", 0),
    ])
    func `durations`(text: String, nanoseconds: Int64) {
        #expect(Quantity.interval(text)?.nanoseconds == nanoseconds)
    }

    @Test(arguments: [
        "", "2", "s", "-1s", "1 s", "1.s", "1,5s", "0.1ns", "1w", "1S", "99999999999d",
    ])
    func `no durations`(text: String) {
        #expect(Quantity.interval(text) == nil)
    }

    @Test(arguments: [
        ("1B", 1), ("64KiB", 65_536), ("1GiB", 1 << 30), ("1.5GiB", 3 << 29), ("5 MB", 5_000_000),
        ("2kB", 2_000),
    ])
    func `sizes`(text: String, bytes: Int) {
        #expect(Quantity.bytes(text) == bytes)
    }

    @Test(arguments: ["", "1", "1K", "1kb", "1.3B", "-1B", "9999999999999GiB"])
    func `no sizes`(text: String) {
        #expect(Quantity.bytes(text) == nil)
    }

    @Test func `fractions`() {
        #expect(Quantity.fraction("10%") == 0.1)
        #expect(Quantity.fraction("0.25") == 0.25)
        #expect(Quantity.fraction("nan") == nil)
        #expect(Quantity.fraction("0x1p4") == nil)
    }

    @Test func `intervals are written in the largest exact unit`() {
        #expect(Quantity.text(.milliseconds(250)) == "250ms")
        #expect(Quantity.text(.seconds(90)) == "90s")
        #expect(Quantity.text(.seconds(3_600)) == "1h")
        #expect(Quantity.text(.zero) == "0s")
    }

    @Test func `slips of the hand are recognised and other words are not`() {
        let names = ["confidence", "cloud.up", "cloud.p95", "label"]
        #expect(Suggestion.nearest(to: "confidnce", among: names) == "confidence")
        #expect(Suggestion.nearest(to: "cloud.p59", among: names) == "cloud.p95")
        #expect(Suggestion.nearest(to: "Label", among: names) == "label")
        #expect(Suggestion.nearest(to: "weather", among: names) == nil)
    }
}
