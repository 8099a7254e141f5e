// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Admin
import ArgumentParser
import Decode

/// The verb `sluice tap`.
struct TapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tap",
        abstract: "Show decisions as they happen.",
        discussion: """
            The filter is a condition in the policies' language (CEL) on a line of the decision \
            log: route, policy, device, rule, label, confidence, score, standing, latency_ms, \
            model, endpoint, fallback, time, sequence, revision, decision_id, the maps answer, \
            finding and observed, and decision, the whole line. What a line has not does not hold.

              sluice tap 'route == "escalate" && confidence < 0.6'
              sluice tap --policy bearing-wear --json 'label != "healthy"' | jq .device

            While nobody looks it costs the gateway nothing, and a reader who is too slow misses \
            decisions and is told how many.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @Argument(help: ArgumentHelp("The condition.", valueName: "filter"))
    var filter: String?

    @Option(help: "Only decisions of this policy.")
    var policy: String?

    @Option(
        help: "Only decisions of this route: act, escalate, defer or drop.",
        completion: .list(TopScreen.routes)
    )
    var route: String?

    @Option(help: "Only decisions on this device.")
    var device: String?

    @Option(help: ArgumentHelp("End after so many.", valueName: "n"))
    var count: Int?

    @Flag(help: "Print the lines of JSON as they are.")
    var json = false

    func validate() throws {
        guard route.map(TopScreen.routes.contains) ?? true else {
            throw ValidationError("--route is act, escalate, defer or drop.")
        }
        guard count ?? 1 > 0 else { throw ValidationError("--count is 1 at least.") }
    }

    func run() async throws {
        var condition: TapFilter?
        if let filter {
            do throws(TapFilter.Refusal) {
                condition = try TapFilter(filter)
            } catch {
                for problem in error.problems {
                    Console.complain(EvalCommand.rendered(problem, in: filter))
                }
                throw ExitStatus.usage.code
            }
        }
        let control = try Control(file)
        let text = TapText(ink: .standard)
        var left = count ?? .max
        do {
            let events = control.decisions(policy: policy, route: route, device: device)
            for try await event in events {
                switch event {
                case .lost(let lines):
                    Console.complain("sluice: \(lines) decisions went by unseen")
                case .decision(let line):
                    guard let decision = try? JSONValue(bytes: line),
                        condition?.admits(decision) ?? true,
                        let shown = json
                            ? String(decoding: line, as: UTF8.self) : text.line(decision)
                    else { continue }
                    guard Console.say(shown) else { return }
                    left -= 1
                    if left == 0 { return }
                }
            }
        } catch {
            Console.complain("sluice: \(error)")
            throw Console.unavailable
        }
        Console.complain("sluice: the gateway has ended")
        throw Console.unavailable
    }
}
