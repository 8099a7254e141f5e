// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

extension SchemaDocument {
    /// The keys of `models:`.
    static var modelsKeys: [SchemaKey] {
        [
            SchemaKey("path", .text(), "Holds `<name>/<version>/model.yaml`."),
            SchemaKey("runtime", .text(), "ONNX Runtime's library."),
            SchemaKey("threads", .integer(1...256), "Threads of one run.", default: "1"),
            SchemaKey(
                "optimization",
                .words(["all", "extended", "basic", "none"]),
                "How far models are rewritten before they run.",
                default: "all"
            ),
            SchemaKey("provider", .text(), "What runs models.", default: "cpu"),
            SchemaKey(
                "require_signature",
                .flag,
                "Refuse versions that no trusted key signed.",
                default: "false"
            ),
            SchemaKey("key_file", .text(), "The file of the key of encrypted models."),
            SchemaKey("key_env", .text(), "The environment variable of that key."),
            SchemaKey("keys", .list(.text()), "The files of the public keys that are trusted."),
            SchemaKey("use", .named(.object(useKeys)), "Which version does what, by model."),
        ]
    }

    private static var version: SchemaForm {
        .either([.text(pattern: "^(latest|[1-9][0-9]*)$"), .integer(1...Int(Int32.max))])
    }

    private static var useKeys: [SchemaKey] {
        [
            SchemaKey("version", version, "The one that speaks.", default: "latest"),
            SchemaKey("canary", .object(canaryKeys), "Speaks for some devices instead."),
            SchemaKey("shadow", version, "Runs beside, decides nothing, is compared."),
        ]
    }

    private static var canaryKeys: [SchemaKey] {
        [
            SchemaKey("version", version, "Which one.", isRequired: true),
            SchemaKey("share", .fraction, "Of the devices.", isRequired: true),
            SchemaKey("agreement", .fraction, "With the cloud's verdicts, at least."),
            SchemaKey("failures", .fraction, "Of its findings, at most."),
            SchemaKey(
                "latency",
                .within("1us", "1h", .duration),
                "Of a run; one in a hundred may take longer."
            ),
            SchemaKey(
                "certainty",
                .fraction,
                "How sure a limit is broken or kept, over its whole life.",
                default: "95%"
            ),
            SchemaKey(
                "at_least",
                .integer(1...1_000_000_000),
                "Observations before a limit is judged.",
                default: "100"
            ),
            SchemaKey(
                "promote_after",
                .within("0s", "366d", .duration),
                "Promoted then, when every limit is known to be kept; never without it."
            ),
        ]
    }
}
