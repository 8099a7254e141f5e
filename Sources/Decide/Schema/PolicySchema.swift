// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Settings
import Vocabulary

extension SchemaDocument {
    /// The schema of `Policies/<name>/policy.yaml`.
    public static var policy: SchemaDocument {
        SchemaDocument(
            title: "Sluice policy",
            about: "What to do with one kind of message: answer here, ask the cloud, or keep it.",
            form: .object([
                SchemaKey("policy", .text(pattern: namePattern), "Its name.", isRequired: true),
                SchemaKey("match", matchForm, "The messages it is about.", isRequired: true),
                SchemaKey(
                    "reading",
                    readingForm,
                    "What is taken from a payload.",
                    isRequired: true
                ),
                SchemaKey("model", .text(), "The model that is asked about every reading."),
                SchemaKey(
                    "stages",
                    .list(.either([.text(), .object(stageKeys)])),
                    "A cascade in place of `model`: the next is asked where one is not accepted."
                ),
                SchemaKey(
                    "threshold",
                    .either([.number(0...1), .object(thresholdKeys), .list(.object(thresholdKeys))]
                    ),
                    "The least confidence that is kept local; `sluice tune` writes it with its bound."
                ),
                SchemaKey("costs", .object(costKeys), "What mistakes and questions cost."),
                SchemaKey(
                    "audit",
                    .fraction,
                    "The share of what is kept that the cloud is asked about all the same.",
                    default: "0%"
                ),
                SchemaKey(
                    "when_bound_broken",
                    .words(BoundResponse.allCases.map(\.rawValue)),
                    "`escalate`: nothing counts as sure while live audits show the bound broken.",
                    default: "alarm"
                ),
                SchemaKey("escalate", .list(.text()), "The endpoints to ask, in order."),
                SchemaKey(
                    "deadline",
                    .within("1ms", "1d", .duration),
                    "How long a message has, from the sensor's time."
                ),
                SchemaKey(
                    "time_to_live",
                    .within("1s", "3650d", .duration),
                    "How long a spooled row is worth sending."
                ),
                SchemaKey(
                    "let",
                    .named(.expression),
                    "Named sub-expressions; each may use the ones before it."
                ),
                SchemaKey(
                    "rules",
                    .list(.object(ruleKeys)),
                    "Tried in order; the first that holds."
                ),
                SchemaKey(
                    "otherwise",
                    .object(
                        ruleKeys.filter { !["name", "when"].contains($0.name) } + [
                            SchemaKey(
                                "when",
                                .never,
                                "Not here: it holds when nothing else does."
                            )
                        ]
                    ),
                    "What happens when no rule holds.",
                    isRequired: true
                ),
                SchemaKey("actions", .list(.object(actionKeys)), "What acting means."),
                SchemaKey(
                    "privacy",
                    .object([
                        SchemaKey(
                            "send",
                            .list(.text()),
                            "The fields, captures and `device` that may leave the site."
                        ),
                        SchemaKey(
                            "hash",
                            .list(.text()),
                            "The text fields, captures and `device` that leave as a keyed hash."
                        ),
                        SchemaKey(
                            "round",
                            .named(.number(1e-9...1e12)),
                            "The steps that fields' numbers are rounded to before they leave."
                        ),
                    ]),
                    "What may leave the site; nothing that is not named."
                ),
                SchemaKey(
                    "sinks",
                    .list(.either([.text(), .object(sinkKeys)])),
                    "The user's own stores that decisions and readings are sent to."
                ),
            ])
        )
    }

    static let namePattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
    private static let hexadecimal = "^[0-9A-Fa-f]{12,64}$"

    private static var matchForm: SchemaForm {
        .object([
            SchemaKey(
                "topic",
                .text(),
                "A topic filter; names after `+` and `#` become variables."
            ),
            SchemaKey("topics", .list(.text()), "Several that name the same levels."),
        ])
    }

    private static var readingForm: SchemaForm {
        .object([
            SchemaKey(
                "format",
                .words(ReadingSpec.Format.allCases.map(\.rawValue)),
                "How payloads are written.",
                default: "json"
            ),
            SchemaKey("field", .text(), "What an image (`frame`) or sound (`sound`) is called."),
            SchemaKey(
                "encoding",
                .words(SoundSpec.Encoding.allCases.map(\.rawValue)),
                "How the samples of sound are written."
            ),
            SchemaKey("channels", .integer(1...64), "How many sound has.", default: "1"),
            SchemaKey("channel", .integer(1...64), "Which is taken, in place of their mean."),
            SchemaKey("rate", .text(), "How many samples a second, such as `16kHz`."),
            SchemaKey("each", .text(), "The path of a list: every item is a reading."),
            SchemaKey("device", .text(), "Its name, of captures and payload.", isRequired: true),
            SchemaKey("time", .text(), "The path of the sensor's time."),
            SchemaKey(
                "time_unit",
                .words(["s", "ms", "us", "ns", "rfc3339"]),
                "What the time counts.",
                default: "ms"
            ),
            SchemaKey("sequence", .text(), "The path of the sensor's counter."),
            SchemaKey(
                "fields",
                .named(.either([.text(), .object(fieldKeys)])),
                "The values, by the names that conditions and features call them."
            ),
        ])
    }

    private static var fieldKeys: [SchemaKey] {
        [
            SchemaKey(
                "path",
                .text(),
                "Where it stands in the payload; \"\" for all of it.",
                isRequired: true
            ),
            SchemaKey(
                "type",
                .words(["any", "number", "text", "flag", "samples", "bytes"]),
                "What it is.",
                default: "any"
            ),
            SchemaKey(
                "required",
                .flag,
                "Whether a payload without it is refused.",
                default: "true"
            ),
            SchemaKey("from", .text(), "The topics that carry it; all of the policy's without."),
        ]
    }

    private static var stageKeys: [SchemaKey] {
        [
            SchemaKey("model", .text(), "The model.", isRequired: true),
            SchemaKey(
                "accept",
                .expression,
                "When its answer is taken.",
                default: "confidence >= threshold"
            ),
        ]
    }

    private static var thresholdKeys: [SchemaKey] {
        [
            SchemaKey("value", .number(0...1), "confidence >= value is kept.", isRequired: true),
            SchemaKey("low", .number(0...1), "Up to this probability an alarm is ignored."),
            SchemaKey("high", .number(0...1), "From this probability an alarm is acted on."),
            SchemaKey("bound", .fraction, "The most that kept answers differ from the cloud's."),
            SchemaKey("max_risk", .number(0...1e12), "The most that a reading costs on average."),
            SchemaKey("certainty", .fraction, "How sure the bound is."),
            SchemaKey("samples", .integer(0...Int.max), "The effective size of the test part."),
            SchemaKey(
                "score",
                .words(Threshold.Score.allCases.map(\.rawValue)),
                "What `confidence` was when it was tuned."
            ),
            SchemaKey("model", .text(), "The digest of the local model it is for."),
            SchemaKey("cloud", .text(), "The cloud's model, `name/version`, it is for."),
            SchemaKey("trace_sha256", .text(), "The trace it was tuned on."),
            SchemaKey("tuned", .text(), "When it was tuned."),
        ]
    }

    private static var sinkKeys: [SchemaKey] {
        [
            SchemaKey("sink", .text(), "The store.", isRequired: true),
            SchemaKey(
                "send",
                .words(PolicySink.Content.allCases.map(\.rawValue)),
                "What is sent.",
                default: "decisions"
            ),
        ]
    }

    private static var costKeys: [SchemaKey] {
        [
            SchemaKey("alarm", .list(.text()), "The labels that are alarms.", isRequired: true),
            SchemaKey("miss", .number(0...1e12), "Ignoring an alarm.", isRequired: true),
            SchemaKey("false_alarm", .number(0...1e12), "Acting on none.", isRequired: true),
            SchemaKey("escalation", .number(0...1e12), "Asking the cloud once.", isRequired: true),
        ]
    }
}
