// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import sluice

@Suite struct `A progress bar` {
    @Test func `shows how far it is`() {
        #expect(ProgressBar.text(what: "x", done: 0, total: 4).hasSuffix("░ 0 %"))
        #expect(ProgressBar.text(what: "x", done: 2, total: 4).contains("█░"))
        #expect(ProgressBar.text(what: "x", done: 9, total: 4).hasSuffix("█ 100 %"))
        #expect(ProgressBar.text(what: "x", done: 12_345, total: 0) == "x 12.3k")
        #expect(ProgressBar.text(what: "x", done: 7, total: 0) == "x 7")
        #expect(ProgressBar.text(what: "x", done: 7, total: 0, note: "far") == "x 7, far")
        #expect(ProgressBar.text(what: "x", done: 4, total: 4, note: "far").hasSuffix("100 %, far"))
    }

    @Test(arguments: [1, 5, 20, 40, 46, 80, 200])
    func `leaves the last column free`(columns: Int) {
        for done in [0.0, 3, 50, 99, 100] {
            for total in [0.0, 100] {
                let text = ProgressBar.text(
                    what: "draining",
                    done: done,
                    total: total,
                    note: "33.2k left, 1m 5s",
                    columns: columns
                )
                #expect(!text.isEmpty && text.count <= max(1, columns - 1), "\(text)")
            }
        }
    }

    @Test func `is as wide at each percentage, and shorter before anything else`() {
        let widths = [0.0, 9, 50, 100].map { done in
            ProgressBar.text(what: "x", done: done, total: 100, columns: 20)
                .count { "█░".contains($0) }
        }
        #expect(widths == [11, 11, 11, 11])
        let notes = ["", "a", "four"].map { note in
            ProgressBar.text(what: "x", done: 1, total: 2, note: note, columns: 30, noteRoom: 4)
                .count { "█░".contains($0) }
        }
        #expect(notes == [15, 15, 15])
        let words = ProgressBar.text(what: "x", done: 1, total: 2, note: "much", columns: 16)
        #expect(words == "x 50 %, much")
    }
}

@Suite struct `The pace of a drain` {
    private let start = ContinuousClock.now

    @Test func `says what is left, and how long that takes`() {
        var pace = DrainPace()
        #expect(pace.note(left: 60_000, now: start) == "60.0k left")
        #expect(pace.note(left: 50_000, now: start + .seconds(5)) == "50.0k left, 25s")
        // Of the last ten seconds only.
        #expect(pace.note(left: 40_000, now: start + .seconds(15)) == "40.0k left, 40s")
    }

    @Test func `says when nothing leaves, or more comes than leaves`() {
        var pace = DrainPace()
        _ = pace.note(left: 500, now: start)
        #expect(pace.note(left: 500, now: start + .seconds(4)) == "500 left")
        #expect(pace.note(left: 500, now: start + .seconds(5)) == "500 left, none leaves")
        #expect(pace.note(left: 700, now: start + .seconds(6)) == "700 left")
        #expect(pace.note(left: 690, now: start + .seconds(7)) == "690 left")
        // Of the time since it stood still.
        #expect(pace.note(left: 400, now: start + .seconds(8)) == "400 left, 12s")
    }
}
