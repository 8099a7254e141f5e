// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import MQTT
import Settings
import Survey
import Vocabulary

/// Listens to a broker for a while; the same for `discover` and `init`.
struct Listening: ParsableArguments {
    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("How long to listen, such as 30s or 5m.", valueName: "time")
    )
    var duration = "30s"

    @Option(help: ArgumentHelp("A topic filter; may be repeated.", valueName: "filter"))
    var topics: [String] = ["#"]

    /// How long, in seconds.
    var seconds: Double? {
        Quantity.interval(duration).map(\.seconds).flatMap { $0 > 0 && $0 <= 86_400 ? $0 : nil }
    }

    func validate() throws {
        guard seconds != nil else {
            throw ValidationError(
                "--for wants a time with its unit, such as 30s or 5m; 24h at most."
            )
        }
    }

    /// What was heard; prints why there is nothing to hear and exits with 69.
    func report(_ options: MQTTOptions) throws -> SurveyReport {
        let seconds = seconds ?? 30
        let visit = MQTTVisit(options: options)
        var survey = Survey(now: Self.now)
        let bar = ProgressBar(what: "listening", total: seconds)
        do throws(MQTTFailure) {
            _ = try visit.connect()
            survey = Survey(now: Self.now)
            let take = { (arrival: MQTTVisit.Arrival) in
                survey.take(
                    topic: arrival.topic,
                    payload: arrival.payload,
                    qos: arrival.qualityOfService,
                    isRetained: arrival.isRetained,
                    now: Self.now
                )
            }
            for filter in topics {
                let answer = try visit.subscribe(to: filter, qualityOfService: 2, onArrival: take)
                if answer >= 0x80 {
                    Console.complain(
                        "sluice: the broker refuses `\(filter)`: \(MQTTReason(code: answer))"
                    )
                }
            }
            let began = Self.now
            try visit.listen(
                for: seconds,
                until: {
                    bar.show(Self.now - began)
                    return Task.isCancelled
                },
                onArrival: take
            )
            bar.end()
        } catch {
            bar.end()
            Console.complain("sluice: \(error)")
            throw Console.unavailable
        }
        return survey.report(now: Self.now)
    }

    private static var now: Double { Date().timeIntervalSince1970 }
}
