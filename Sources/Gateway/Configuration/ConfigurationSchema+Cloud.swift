// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Infer
import Settings

extension SchemaDocument {
    static var endpointKeys: [SchemaKey] {
        [
            SchemaKey("url", .text(pattern: "^(https?|mqtts?)://"), "Its address."),
            SchemaKey(
                "protocol",
                .words(CloudProtocolName.allCases.map(\.rawValue)),
                "What it speaks.",
                default: "open-inference"
            ),
            SchemaKey("auth", .object(authorizationKeys), "Who we are to it."),
            SchemaKey("headers", .named(.text()), "Fields of every request; no secrets."),
            SchemaKey("tensors", .words(["json", "binary"]), "How they travel.", default: "json"),
            SchemaKey("region", .text(), "SageMaker's."),
            SchemaKey("project", .text(), "Vertex AI's."),
            SchemaKey("location", .text(), "Vertex AI's."),
            SchemaKey("api_version", .text(), "Azure OpenAI's."),
            SchemaKey("client_id", .text(), "To the broker; the policy is appended."),
            SchemaKey("response_topic", .text(), "Of answers; the policy is appended."),
            SchemaKey("alpn", .text(), "Broker: the protocol named in the TLS handshake."),
            SchemaKey("tls", .object(webTLSKeys), "Its certificates and ours."),
            SchemaKey("timeout", .within("10ms", "10m", .duration), "One call.", default: "2s"),
            SchemaKey("max_in_flight", .integer(1...1_024), "Calls at once.", default: "16"),
            SchemaKey("max_batch", .integer(1...1_024), "Readings a call.", default: "32"),
            SchemaKey(
                "max_reply",
                .within("1KiB", "64MiB", .size),
                "The longest answer taken.",
                default: "1MiB"
            ),
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
                    SchemaKey(
                        "open_for",
                        .within("10ms", "1h", .duration),
                        "How long, at first.",
                        default: "1s"
                    ),
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
                .named(
                    .either([
                        .list(.text()),
                        .object([
                            SchemaKey(
                                "image",
                                .object(imageKeys),
                                "A camera's frame; `size` must be said.",
                                isRequired: true
                            )
                        ]),
                    ])
                ),
                "What each tensor is made of: a list of features, or a frame.",
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
            SchemaKey(
                "answer",
                .object([
                    SchemaKey("label", .text(), "Where the label stands."),
                    SchemaKey("confidence", .text(), "Where its confidence stands."),
                    SchemaKey("probabilities", .text(), "Where one a label stand."),
                    SchemaKey("classes", .text(), "Where their labels stand."),
                    SchemaKey("positive", .text(), "Where that of the second label stands."),
                ]),
                "JSON pointers into the answer."
            ),
            SchemaKey(
                "instance",
                .words(InstanceShape.allCases.map(\.rawValue)),
                "How one reading is written.",
                default: "values"
            ),
            SchemaKey("parameters", .any, "What goes with the question."),
            SchemaKey(
                "body",
                .words(CloudBodyName.allCases.map(\.rawValue)),
                "The form of the body."
            ),
            SchemaKey("template", .text(), "The body, with places such as `{{x}}`."),
            SchemaKey("content_type", .text(), "Its media type.", default: "application/json"),
        ] + chatKeys + [SchemaKey("topic", .text(), "Where requests go.")]
    }

    private static var chatKeys: [SchemaKey] {
        [
            SchemaKey("instructions", .text(), "What the model is told first."),
            SchemaKey("prompt", .text(), "What it is asked, with places such as `{{x}}`."),
            SchemaKey(
                "picture",
                .object([
                    SchemaKey("tensor", .text(), "Whose values are the pixels.", isRequired: true),
                    SchemaKey("width", .integer(1...4_096), "Pixels across.", isRequired: true),
                    SchemaKey("height", .integer(1...4_096), "Pixels down.", isRequired: true),
                    SchemaKey("channels", .words(["1", "3"]), "Grey, or colours.", default: "1"),
                    SchemaKey("black", .number(), "The value that is black.", default: "0"),
                    SchemaKey("white", .number(), "The value that is white.", default: "255"),
                ]),
                "A tensor that is shown."
            ),
            SchemaKey("constrain", .flag, "Hold the answer to the labels."),
            SchemaKey("logprobs", .flag, "Confidence from the tokens.", default: "true"),
        ]
    }

    /// How a web server is verified, and who we are to it.
    static var webTLSKeys: [SchemaKey] {
        [
            SchemaKey("ca_file", .text(), "The authorities trusted, in PEM."),
            SchemaKey("certificate_file", .text(), "Our certificate, in PEM."),
            SchemaKey("key_file", .text(), "Its key, in PEM."),
        ]
    }

    private static var authorizationKeys: [SchemaKey] {
        let secrets = [
            "bearer", "api_key", "access_key", "secret_key", "session_token", "password",
        ]
        return secrets.flatMap { name in
            [
                SchemaKey("\(name)_file", .text(), "The file of it."),
                SchemaKey("\(name)_env", .text(), "The environment variable of it."),
            ]
        } + [
            SchemaKey("api_key_header", .text(), "The field of the key.", default: "api-key"),
            SchemaKey("region", .text(), "A signature is for."),
            SchemaKey("service", .text(), "A signature is for."),
            SchemaKey("service_account_file", .text(), "A key of Google's."),
            SchemaKey("username", .text(), "To the broker."),
        ]
    }
}
