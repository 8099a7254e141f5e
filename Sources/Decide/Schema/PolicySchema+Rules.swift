// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

extension SchemaDocument {
    static var ruleKeys: [SchemaKey] {
        [
            SchemaKey("name", .text(), "What decisions cite it by."),
            SchemaKey("when", .expression, "A CEL condition.", isRequired: true),
            SchemaKey(
                "route",
                .words(Route.allCases.map(\.rawValue)),
                "Where the reading goes.",
                isRequired: true
            ),
            SchemaKey(
                "fallback",
                .words(Fallback.allCases.map(\.rawValue)),
                "What becomes of an escalation without an answer in time."
            ),
            SchemaKey(
                "provisional",
                .flag,
                "Act now, and ask the cloud afterwards.",
                default: "false"
            ),
            SchemaKey(
                "priority",
                .words(Priority.allCases.map(\.name)),
                "How urgently what is spooled wants to leave.",
                default: "normal"
            ),
        ]
    }

    static var actionKeys: [SchemaKey] {
        [
            SchemaKey("name", .text(), "What effects cite it by."),
            SchemaKey("when", .expression, "When it is done; always, without one."),
            SchemaKey("publish", publishForm, "To a topic of the site's broker."),
            SchemaKey("webhook", webhookForm, "To a web server."),
            SchemaKey("log", .flag, "To the gateway's own log."),
            SchemaKey("payload", .text(), "The body, with `{{name}}` places; else a CloudEvent."),
            SchemaKey("hold", holdForm, "k of the last n, then silence for a while."),
            SchemaKey(
                "order",
                .words(ActionSpec.Order.allCases.map(\.rawValue)),
                "`fast` at once, `durable` when it is safe on disk.",
                default: "fast"
            ),
            SchemaKey("max_age", .within("1ms", "365d", .duration), "How old the reading may be."),
        ]
    }

    private static var publishForm: SchemaForm {
        .object([
            SchemaKey("topic", .text(), "With `{name}` places.", isRequired: true),
            SchemaKey("qos", .integer(0...2), "MQTT's quality of service.", default: "1"),
            SchemaKey("retain", .flag, "Whether the broker keeps it.", default: "false"),
        ])
    }

    private static var webhookForm: SchemaForm {
        .object([
            SchemaKey("url", .text(pattern: "^https?://"), "Its address.", isRequired: true),
            SchemaKey("headers", .named(.text()), "Headers sent along."),
            SchemaKey("bearer_file", .text(), "The file of a token."),
            SchemaKey("bearer_env", .text(), "The environment variable of a token."),
            SchemaKey(
                "timeout",
                .within("10ms", "1m", .duration),
                "How long a call may take.",
                default: "5s"
            ),
        ])
    }

    private static var holdForm: SchemaForm {
        .object([
            SchemaKey("of", .integer(1...1_000), "How many last readings count.", default: "1"),
            SchemaKey("at_least", .integer(1...1_000), "How many of them must hold; all."),
            SchemaKey(
                "quiet",
                .within("0s", "30d", .duration),
                "How long it is then silent.",
                default: "0s"
            ),
        ])
    }
}
