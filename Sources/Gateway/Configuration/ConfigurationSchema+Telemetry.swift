// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

extension SchemaDocument {
    static var otlpKeys: [SchemaKey] {
        [
            SchemaKey(
                "url",
                .text(pattern: "^https?://"),
                "The collector; /v1/traces and /v1/metrics are added.",
                isRequired: true
            ),
            SchemaKey(
                "headers",
                .named(
                    .object([
                        SchemaKey("value_file", .text(), "The file of its value."),
                        SchemaKey("value_env", .text(), "The environment variable of its value."),
                    ])
                ),
                "Fields of every request."
            ),
            SchemaKey(
                "signals",
                .list(.words(OTLPConfiguration.Signal.allCases.map(\.rawValue))),
                "What is exported.",
                default: "[traces, metrics]"
            ),
            SchemaKey(
                "sample",
                .fraction,
                "Of messages that nobody traced before.",
                default: "1%"
            ),
            SchemaKey(
                "traces_per_second",
                .integer(1...10_000),
                "More are not kept, whoever began them.",
                default: "100"
            ),
            SchemaKey("interval", .duration, "From one export to the next.", default: "10s"),
            SchemaKey("tls", .object(webTLSKeys), "Its certificates and ours."),
        ]
    }
}
