// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Settings

extension SchemaDocument {
    /// The schema of `models/<name>/<version>/model.yaml`.
    public static var model: SchemaDocument {
        SchemaDocument(
            title: "Sluice model",
            about: "A local model: its file, what it is fed and what it gives; or a detector.",
            form: .either([.object(onnxKeys), .object(detectorKeys), .object(ensembleKeys)])
        )
    }

    static var onnxKeys: [SchemaKey] {
        [
            kindKey,
            SchemaKey(
                "file",
                .object([
                    SchemaKey("name", .text(), "The file beside this one.", isRequired: true),
                    SchemaKey("sha256", .text(), "Its digest, 64 digits.", isRequired: true),
                ]),
                "The model's file.",
                isRequired: true
            ),
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
            SchemaKey(
                "confidence",
                .object([
                    SchemaKey(
                        "from",
                        .words(["probabilities", "logits"]),
                        "What the output is.",
                        default: "probabilities"
                    ),
                    SchemaKey(
                        "method",
                        .words(["max", "margin", "entropy"]),
                        "How confidence is read.",
                        default: "max"
                    ),
                ]),
                "How sure it is."
            ),
            SchemaKey("budget", .duration, "How long a reading should take.", default: "100ms"),
            SchemaKey("max_batch", .integer(1...65_536), "Readings a run.", default: "256"),
            SchemaKey("max_wait", .duration, "How long they wait for company.", default: "0s"),
            SchemaKey(
                "check",
                .object([
                    SchemaKey("input", .list(.number()), "The numbers.", isRequired: true),
                    SchemaKey("label", .text(), "The label."),
                    SchemaKey("probabilities", .list(.number(0...1)), "The probabilities."),
                    SchemaKey("value", .number(), "The value."),
                    SchemaKey("tolerance", .number(0...1e9), "How near.", default: "0.0001"),
                ]),
                "Tried when it is loaded."
            ),
        ]
    }
}
