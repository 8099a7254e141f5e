// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

extension SchemaDocument {
    /// The schema of `sluice.yaml`.
    static var configuration: SchemaDocument {
        SchemaDocument(
            title: "Sluice configuration",
            about: "The broker, the inputs, the cloud and the disk of one gateway.",
            form: .object([
                SchemaKey(
                    "site",
                    .object([
                        SchemaKey(
                            "name",
                            .text(),
                            "Part of event sources and topics.",
                            isRequired: true
                        ),
                        SchemaKey(
                            "time_zone",
                            .text(),
                            "Where budgets' days and months begin.",
                            default: "UTC"
                        ),
                    ]),
                    "The site."
                ),
                SchemaKey("broker", .object(brokerKeys), "The MQTT broker.", isRequired: true),
                SchemaKey(
                    "inputs",
                    .list(.object(inputKeys)),
                    "One connection and thread each; disjoint topics.",
                    isRequired: true
                ),
                SchemaKey(
                    "models",
                    .object(modelsKeys),
                    "The local models."
                ),
                SchemaKey(
                    "policies",
                    .object([
                        SchemaKey(
                            "path",
                            .text(),
                            "Holds `<name>/policy.yaml`.",
                            default: "Policies"
                        )
                    ]),
                    "The policies.",
                    isRequired: true
                ),
                SchemaKey("cloud", .named(.object(endpointKeys)), "The endpoints by name."),
                SchemaKey(
                    "spool",
                    .object(spoolKeys),
                    "What must leave, on disk.",
                    isRequired: true
                ),
                SchemaKey(
                    "sync",
                    .object([
                        SchemaKey(
                            "max_in_flight",
                            .integer(1...1_000),
                            "Requests of the backlog at once.",
                            default: "2"
                        ),
                        SchemaKey("rate", .text(), "Bytes a second, such as `200KiB/s`."),
                    ]),
                    "The drain."
                ),
                SchemaKey("sinks", .named(.object(sinkKeys)), "The user's own stores by name."),
                SchemaKey(
                    "control",
                    .object([
                        SchemaKey("socket", .text(), "The command's way in.")
                    ]),
                    "The control socket; beside the spool."
                ),
                SchemaKey(
                    "admin",
                    .object(adminKeys),
                    "The admin server and its dashboard; without it nothing listens."
                ),
                SchemaKey(
                    "verdicts",
                    .object([
                        SchemaKey("topic", .text(), "With {policy} {site} {device} {standing}.")
                    ]),
                    "Where late verdicts are published."
                ),
                SchemaKey(
                    "status",
                    .object([
                        SchemaKey("topic", .text(), "Retained.")
                    ]),
                    "Where the gateway's own state is published."
                ),
                SchemaKey(
                    "home_assistant",
                    .object([
                        SchemaKey(
                            "prefix",
                            .text(),
                            "What its discovery topics begin with.",
                            default: "homeassistant"
                        )
                    ]),
                    "The gateway and its policies appear in Home Assistant."
                ),
                SchemaKey(
                    "decisions",
                    .object([
                        SchemaKey("log", .text(), "The decision log's file."),
                        SchemaKey(
                            "max_size",
                            .within("64KiB", "1024GiB", .size),
                            "When it is turned over.",
                            default: "64MiB"
                        ),
                        SchemaKey(
                            "sample",
                            .integer(0...1_000_000),
                            "Of decisions that leave nothing, one in so many.",
                            default: "100"
                        ),
                    ]),
                    "The decision log."
                ),
                SchemaKey(
                    "record",
                    .object([
                        SchemaKey("path", .text(), "The trace's file.", isRequired: true),
                        SchemaKey(
                            "max_size",
                            .within("64KiB", "1024GiB", .size),
                            "The oldest is given up.",
                            default: "64MiB"
                        ),
                        SchemaKey(
                            "scope",
                            .words(["local", "outbound"]),
                            "`outbound`: only what may leave the site.",
                            default: "local"
                        ),
                        SchemaKey("sample", .fraction, "The share recorded.", default: "100%"),
                    ]),
                    "A trace of what is seen and decided."
                ),
                SchemaKey(
                    "audits",
                    .object([
                        SchemaKey("calls", .text(), "Such as `100/hour`.", default: "100/hour"),
                        SchemaKey("share", .text(), "Of the spool.", default: "5%"),
                    ]),
                    "What live audits may use."
                ),
                SchemaKey(
                    "telemetry",
                    .object([SchemaKey("otlp", .object(otlpKeys), "OpenTelemetry over HTTP.")]),
                    "What is exported; nothing by default."
                ),
                SchemaKey(
                    "labels",
                    .object([
                        SchemaKey("topic", .text(), "Where they publish.", isRequired: true)
                    ]),
                    "Operators' own labels."
                ),
            ])
        )
    }

    static var brokerKeys: [SchemaKey] {
        [
            SchemaKey(
                "url",
                .text(pattern: "^mqtts?://"),
                "`mqtts://host:8883` or `mqtt://host:1883`.",
                isRequired: true
            ),
            SchemaKey("version", .words(["5", "3.1.1"]), "Of MQTT.", default: "5"),
            SchemaKey("client_id", .text(), "The broker keeps our sessions under it."),
            SchemaKey("username", .text(), "Who we log in as."),
            SchemaKey("password_file", .text(), "The file of the password."),
            SchemaKey("password_env", .text(), "The environment variable of the password."),
            SchemaKey("ca_file", .text(), "The authorities trusted, in PEM."),
            SchemaKey("certificate_file", .text(), "Our certificate, in PEM."),
            SchemaKey("key_file", .text(), "Its key, in PEM."),
            SchemaKey("alpn", .text(), "The protocol named in the TLS handshake."),
            SchemaKey(
                "keep_alive",
                .within("5s", "1h", .duration),
                "How long silence may last.",
                default: "20s"
            ),
            SchemaKey(
                "session_expiry",
                .within("1m", nil, .duration),
                "How long the broker keeps messages while we are away.",
                default: "7d"
            ),
        ]
    }

    private static var inputKeys: [SchemaKey] {
        [
            SchemaKey("name", .text(), "In logs, metrics and the status.", isRequired: true),
            SchemaKey(
                "topics",
                .either([.text(), .list(.text())]),
                "Topic filters.",
                isRequired: true
            ),
            SchemaKey(
                "receive_maximum",
                .integer(1...500),
                "Messages under way without acknowledgement.",
                default: "500"
            ),
            SchemaKey(
                "max_payload",
                .within("16B", "64MiB", .size),
                "Longer ones are dead letters.",
                default: "1MiB"
            ),
            SchemaKey(
                "coalesce",
                .within("0s", "1ms", .duration),
                "How long traffic may gather.",
                default: "1ms"
            ),
            SchemaKey(
                "linger",
                .within("0s", "10ms", .duration),
                "How long a commit waits.",
                default: "5ms"
            ),
            SchemaKey(
                "max_unsettled",
                .integer(1...4_096),
                "Messages read before they must be settled.",
                default: "256"
            ),
        ]
    }
}
