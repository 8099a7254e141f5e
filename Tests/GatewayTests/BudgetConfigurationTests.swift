// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `A budget in the configuration` {
    private func read(
        _ more: String,
        site: String = "{ name: plant-4 }"
    ) throws -> (EndpointOptions?, [String]) {
        var files = Presses.files
        files["sluice.yaml"] = try Presses.configuration
            .replacing(
                once: "    url: http://127.0.0.1:9\n",
                with: "    url: http://127.0.0.1:9\n    \(more)\n"
            )
            .replacing(once: "{ name: plant-4 }", with: site)
        let folder = try SiteFolder(files)
        let findings = folder.check()
        let options = findings.site?.configuration.endpoints["central"]?.models["press"]?.options
        return (
            options,
            folder.shown(findings.diagnostics).map { $0.prefix { $0 != "\n" } }.map(String.init)
        )
    }

    @Test func `is read with its amounts, windows and price, and with the site's days`() throws {
        let (options, found) = try read(
            "budget: { calls: [5000/day, 100/minute], money: 3.00/day, bytes: 1GiB/month, "
                + "price_per_call: 0.0004 }",
            site: "{ name: plant-4, time_zone: Europe/Berlin }"
        )
        let budget = try #require(options?.budget, "\(found)")
        #expect(
            Set(budget.limits) == [
                BudgetLimit(.calls, 5_000, per: .day), BudgetLimit(.calls, 100, per: .minute),
                BudgetLimit(.money, 3_000_000_000, per: .day),
                BudgetLimit(.bytes, 1 << 30, per: .month),
            ]
        )
        #expect(budget.pricePerCall == 400_000)
        #expect(budget.zone.name == "Europe/Berlin")
        #expect(options?.server == "central")
        #expect(options?.hedging == nil)
    }

    @Test func `hedges are read, and off unless they are named`() throws {
        #expect(
            try read("hedge: { after: 80ms, at_most: 5% }").0?.hedging
                == HedgeOptions(after: .fixed(.milliseconds(80)), share: 0.05)
        )
        #expect(try read("hedge: {}").0?.hedging == HedgeOptions(after: .observed, share: 0.02))
    }

    @Test(arguments: [
        ("budget: { calls: 5000 }", "an amount and a window, such as `5000/day`"),
        ("budget: { calls: 5000/week }", "there is no window `week`"),
        ("budget: { calls: 0/day }", "an amount and a window"),
        ("budget: { bytes: 1KiB/day }", "at least 64KiB"),
        ("budget: { money: 3/day }", "money is never spent"),
        ("budget: {}", "a budget without a limit"),
        ("budget: { cals: 3/day }", "unknown key `cals`"),
        ("hedge: { after: 80 }", "`p95`, or a duration"),
        ("hedge: { at_most: 0% }", "no call may be sent twice"),
    ])
    func `says what is wrong and where`(text: String, problem: String) throws {
        let (_, found) = try read(text)
        #expect(found.contains { $0.contains(problem) }, "\(found)")
        #expect(found.allSatisfy { $0.hasPrefix("sluice.yaml:") }, "\(found)")
    }

    @Test func `an unknown time zone is refused`() throws {
        let (_, found) = try read("timeout: 1s", site: "{ name: a, time_zone: Europe/Berlon }")
        #expect(found.contains { $0.contains("there is no time zone `Europe/Berlon`") }, "\(found)")
    }
}
