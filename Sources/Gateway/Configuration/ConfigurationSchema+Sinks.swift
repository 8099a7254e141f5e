// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Sync

extension SchemaDocument {
    static var sinkKeys: [SchemaKey] {
        [
            SchemaKey(
                "kind",
                .words(GatewayConfiguration.Sink.Kind.allCases.map(\.rawValue)),
                "What it is.",
                isRequired: true
            ),
            SchemaKey(
                "url",
                .text(pattern: "^(https?|mqtts?)://"),
                "Its address.",
                isRequired: true
            ),
            SchemaKey("max_lines", .integer(1...10_000), "Lines a call.", default: "500"),
            SchemaKey(
                "max_batch",
                .within("1KiB", "64MiB", .size),
                "Bytes a call, uncompressed.",
                default: "1MiB"
            ),
            SchemaKey("gzip", .flag, "Web: bodies compressed.", default: "true"),
            SchemaKey(
                "timeout",
                .within("100ms", "10m", .duration),
                "Web: one call.",
                default: "30s"
            ),
            SchemaKey(
                "auth",
                .object([
                    SchemaKey("bearer_file", .text(), "The file of a token."),
                    SchemaKey("bearer_env", .text(), "The environment variable of a token."),
                ]),
                "Web: who we are to it."
            ),
            SchemaKey("tls", .object(webTLSKeys), "Web: its certificates and ours."),
            SchemaKey(
                "dialect",
                .words(BrokerDialect.allCases.map(\.rawValue)),
                "Broker: whose it is.",
                default: "plain"
            ),
            SchemaKey("topic", .text(), "Broker: with {site} {policy} {device}."),
            SchemaKey("shared_access_key_file", .text(), "Azure: the file of the device's key."),
            SchemaKey("shared_access_key_env", .text(), "Azure: its environment variable."),
            SchemaKey(
                "token_lifetime",
                .within("1m", "365d", .duration),
                "Azure: renewed before it ends.",
                default: "1h"
            ),
        ] + brokerKeys.filter { $0.name != "url" }
    }
}
