// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Settings
import Vocabulary

extension SchemaDocument {
    /// The schema of `Policies/<name>/tests.yaml`.
    public static var policyTests: SchemaDocument {
        SchemaDocument(
            title: "Sluice policy tests",
            about: "Cases of one policy: what is given, and what should become of it.",
            form: .object([
                SchemaKey("topic", .text(), "The topic of cases that name none."),
                SchemaKey(
                    "cases",
                    .list(
                        .object([
                            SchemaKey("name", .text(), "What it shows.", isRequired: true),
                            SchemaKey("given", givenForm, "The facts.", isRequired: true),
                            SchemaKey("expect", expectForm, "What should be.", isRequired: true),
                        ])
                    ),
                    "The cases.",
                    isRequired: true
                ),
            ])
        )
    }

    private static var givenForm: SchemaForm {
        .object([
            SchemaKey("topic", .text(), "The topic."),
            SchemaKey("device", .text(), "The device; else as the policy names it."),
            SchemaKey("payload", .any, "A payload to decode and put to the model."),
            SchemaKey("payload_file", .text(), "A file that holds one."),
            SchemaKey(
                "messages",
                .list(
                    .object([
                        SchemaKey("topic", .text(), "Its topic; else the case's."),
                        SchemaKey("payload", .any, "Its payload."),
                        SchemaKey("payload_file", .text(), "A file that holds one."),
                        SchemaKey("lines_file", .text(), "A file with one payload a line."),
                        SchemaKey("repeat", .integer(1...100_000), "How often.", default: "1"),
                        SchemaKey(
                            "after",
                            .within("0s", "1d", .duration),
                            "After the one before.",
                            default: "0s"
                        ),
                    ])
                ),
                "Several in place of one payload; the case is about the last."
            ),
            SchemaKey("finding", findingForm, "What the model said."),
            SchemaKey("verdict", verdictForm, "What the cloud said."),
            SchemaKey("fields", .named(.any), "The reading's fields."),
            SchemaKey("retained", .flag, "A retained message.", default: "false"),
            SchemaKey(
                "deadline",
                .object([SchemaKey("left", .duration, "What is left of it.")]),
                "The deadline."
            ),
            SchemaKey("cloud", cloudForm, "The first endpoint that could be asked."),
            SchemaKey("queue", queueForm, "The spool."),
            SchemaKey(
                "bound",
                .object([
                    SchemaKey("holds", .flag, "Whether it holds.", default: "true"),
                    SchemaKey("estimate", .fraction, "The upper end of the estimate."),
                    SchemaKey("samples", .integer(0...Int.max), "Its samples.", default: "0"),
                ]),
                "What live audits say of the bound."
            ),
        ])
    }

    private static var findingForm: SchemaForm {
        .object([
            SchemaKey("label", .text(), "The label."),
            SchemaKey("confidence", .number(0...1), "How sure it is."),
            SchemaKey("score", .number(), "The raw score."),
            SchemaKey("margin", .number(0...1), "The distance to the second best."),
            SchemaKey("alarm", .number(0...1), "In place of the probabilities."),
            SchemaKey("probabilities", .list(.number(0...1)), "Of each label."),
            SchemaKey("value", .number(), "The value, of a model that gives one."),
            SchemaKey("detections", .list(detectionForm), "The objects found."),
            SchemaKey("failed", .flag, "The model failed.", default: "false"),
            SchemaKey("skipped", .flag, "Its answer would be late.", default: "false"),
            SchemaKey("latency", .duration, "How long it took.", default: "1ms"),
            SchemaKey("stage", .integer(1...16), "Whose finding it is.", default: "1"),
        ])
    }

    private static var detectionForm: SchemaForm {
        .object([
            SchemaKey("label", .text(), "What it is.", isRequired: true),
            SchemaKey("score", .number(0...1), "How sure the model is.", default: "1"),
            SchemaKey("box", .list(.number()), "Left, top, right, bottom; 0 to 1."),
        ])
    }

    private static var verdictForm: SchemaForm {
        .object([
            SchemaKey("label", .text(), "The label.", isRequired: true),
            SchemaKey("confidence", .number(0...1), "How sure it is."),
        ])
    }

    private static var cloudForm: SchemaForm {
        .object([
            SchemaKey("up", .flag, "A call would be tried now.", default: "true"),
            SchemaKey("p50", .duration, "The median latency.", default: "40ms"),
            SchemaKey("p95", .duration, "The 95th percentile of latency.", default: "80ms"),
            SchemaKey("in_flight", .integer(0...Int.max), "Calls under way.", default: "0"),
            SchemaKey("breaker", .words(["closed", "open", "half_open"]), "The breaker."),
            SchemaKey("budget_left", .fraction, "What is left of the budget.", default: "100%"),
            SchemaKey("money_left", .number(0...1e9), "The money left; any amount, without it."),
            SchemaKey("calls_left", .integer(0...Int.max), "The calls left; any number."),
        ])
    }

    private static var queueForm: SchemaForm {
        .object([
            SchemaKey("depth", .integer(0...Int.max), "Rows.", default: "0"),
            SchemaKey("bytes", .size, "Bytes.", default: "0B"),
            SchemaKey("fill", .fraction, "Of its cap.", default: "0%"),
            SchemaKey("oldest", .duration, "The age of the oldest row.", default: "0s"),
            SchemaKey("head_room", .duration, "How long the room lasts; a year, without it."),
        ])
    }

    private static var expectForm: SchemaForm {
        .object([
            SchemaKey("rule", .text(), "The rule that holds."),
            SchemaKey("route", .words(Route.allCases.map(\.rawValue)), "The route."),
            SchemaKey("provisional", .flag, "Acts now and asks afterwards."),
            SchemaKey("fallback", .words(Fallback.allCases.map(\.rawValue)), "The fallback."),
            SchemaKey("spooled", .words(Priority.allCases.map(\.name)), "The row."),
            SchemaKey("label", .text(), "The label acted on."),
            SchemaKey("stage", .integer(1...16), "The stage whose finding it is."),
            SchemaKey("alarm", .number(0...1), "The probability of an alarm, to 0.005."),
            SchemaKey("actions", .list(.text()), "The actions done."),
            SchemaKey("publishes", .list(.text()), "The topics published to."),
            SchemaKey("sends", .list(.text()), "What leaves the site."),
            SchemaKey("keeps_private", .list(.text()), "What stays."),
            SchemaKey("readings", .integer(0...Int.max), "How many readings it holds."),
        ])
    }
}
