// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Vocabulary

/// What follows from one look at an endpoint; pure.
enum EndpointJudgement {
    static func item(
        _ subject: String,
        _ probe: EndpointProbe,
        _ options: EndpointOptions
    ) -> Checkup.Item {
        let latency = (probe.latency.milliseconds * 10).rounded() / 10
        guard probe.isReady else {
            let remedy =
                switch probe.status {
                case 401?, 403?: "check `auth`: what it shows is refused"
                case 404?: "check `url` and the model's name there"
                default: "check `url`, the network, and whether the server runs"
                }
            return Checkup.Item(
                subject,
                .fail,
                "\(options.url): \(probe.failure ?? "not ready")",
                remedy: remedy,
                figures: probe.status.map { ["status": Double($0)] }
            )
        }
        let isSlow = latency * 2 > options.timeout.milliseconds
        return Checkup.Item(
            subject,
            isSlow ? .warn : .ok,
            "ready in \(latency) ms" + (isSlow ? ", half of its `timeout` or more" : ""),
            remedy: isSlow ? "raise `timeout`, or find what is slow" : nil,
            figures: ["latency_ms": latency]
        )
    }

    /// A date of HTTP, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7), in seconds since 1970.
    static func seconds(ofDate text: String) -> Double? {
        let words = text.split(separator: " ")
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]),
            let month = months.firstIndex(of: String(words[2])), let year = Int(words[3])
        else { return nil }
        let time = words[4].split(separator: ":").compactMap { Int($0) }
        guard time.count == 3, (1...31).contains(day), (1970...9999).contains(year) else {
            return nil
        }
        return CertificateSpan.seconds((year, month + 1, day), (time[0], time[1], time[2]))
    }
}
