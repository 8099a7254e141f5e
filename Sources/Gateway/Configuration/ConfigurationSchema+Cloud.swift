// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

extension SchemaDocument {
    static var endpointKeys: [SchemaKey] {
        [
            SchemaKey("url", .text(pattern: "^https?://"), "Its address.", isRequired: true),
            SchemaKey(
                "protocol",
                .words(["open-inference"]),
                "What it speaks.",
                default: "open-inference"
            ),
            SchemaKey(
                "auth",
                .object([
                    SchemaKey("bearer_file", .text(), "The file of a token."),
                    SchemaKey("bearer_env", .text(), "The environment variable of a token."),
                ]),
                "Who we are to it."
            ),
            SchemaKey(
                "tls",
                .object([
                    SchemaKey("ca_file", .text(), "The authorities trusted, in PEM."),
                    SchemaKey("certificate_file", .text(), "Our certificate, in PEM."),
                    SchemaKey("key_file", .text(), "Its key, in PEM."),
                ]),
                "Its certificates and ours."
            ),
            SchemaKey("timeout", .duration, "One call.", default: "2s"),
            SchemaKey("max_in_flight", .integer(1...1_024), "Calls at once.", default: "16"),
            SchemaKey("max_batch", .integer(1...1_024), "Readings a call.", default: "32"),
            SchemaKey("max_reply", .size, "The longest answer taken.", default: "1MiB"),
            SchemaKey(
                "breaker",
                .object([
                    SchemaKey("window", .integer(1...10_000), "Calls remembered.", default: "20"),
                    SchemaKey(
                        "minimum_calls",
                        .integer(1...10_000),
                        "Before it judges.",
                        default: "5"
                    ),
                    SchemaKey("failure_ratio", .fraction, "From where it opens.", default: "50%"),
                    SchemaKey("open_for", .duration, "How long, at first.", default: "1s"),
                ]),
                "When it is left alone."
            ),
            SchemaKey(
                "budget",
                .object(budgetKeys),
                "What it may cost, for all policies together."
            ),
            SchemaKey(
                "hedge",
                .object([
                    SchemaKey("after", .text(), "`p95`, or a duration.", default: "p95"),
                    SchemaKey("at_most", .fraction, "Of all its calls.", default: "2%"),
                ]),
                "When a slow call is sent a second time."
            ),
            SchemaKey(
                "models",
                .named(.object(cloudModelKeys)),
                "By the policy that asks.",
                isRequired: true
            ),
        ]
    }

    private static var budgetKeys: [SchemaKey] {
        func limits(_ amount: String) -> SchemaForm {
            let one = SchemaForm.text(pattern: "^\(amount) */ *(minute|hour|day|month)$")
            return .either([one, .list(one)])
        }
        return [
            SchemaKey("calls", limits("[0-9]+"), "Requests, such as `5000/day`."),
            SchemaKey("bytes", limits(".+"), "Bodies there and back, such as `1GiB/month`."),
            SchemaKey("money", limits("[0-9.]+"), "Money, such as `3.00/day`."),
            SchemaKey("price_per_call", .number(0...1e6), "What a call costs.", default: "0"),
        ]
    }

    private static var cloudModelKeys: [SchemaKey] {
        [
            SchemaKey("model", .text(), "Its name there.", isRequired: true),
            SchemaKey("version", .text(), "The server's choice, without one."),
            SchemaKey(
                "inputs",
                .named(.list(.text())),
                "The features of each tensor.",
                isRequired: true
            ),
            SchemaKey(
                "outputs",
                .object([
                    SchemaKey("label", .text(), "The output of labels."),
                    SchemaKey("probabilities", .text(), "The output of probabilities."),
                ]),
                "The outputs; found by their types."
            ),
            SchemaKey("labels", .list(.text()), "In the order of the probabilities."),
        ]
    }
}
