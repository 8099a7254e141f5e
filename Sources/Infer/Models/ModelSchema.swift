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
            key(of: .onnx),
            SchemaKey(
                "file",
                .object([
                    SchemaKey("name", .text(), "The file beside this one.", isRequired: true),
                    SchemaKey("sha256", .text(), "Its digest, 64 digits.", isRequired: true),
                    SchemaKey("external", .named(.text()), "Files of weights: their digests."),
                ]),
                "The model's file.",
                isRequired: true
            ),
            SchemaKey(
                "inputs",
                .named(
                    .either([
                        .list(.text()),
                        .object([
                            SchemaKey("features", .list(.text()), "In order."),
                            SchemaKey("mean", .list(.number()), "Taken from each number."),
                            SchemaKey("std", .list(.number(0...1e300)), "Divides each number."),
                            SchemaKey("image", .object(imageKeys), "A camera's frame instead."),
                        ]),
                    ])
                ),
                "The features of each tensor, or its image.",
                isRequired: true
            ),
            SchemaKey(
                "outputs",
                .object([
                    SchemaKey("label", .text(), "The output of labels."),
                    SchemaKey("probabilities", .text(), "The output of probabilities."),
                    SchemaKey("value", .text(), "The output of a number, `NAME` or `NAME[INDEX]`."),
                ]),
                "The outputs; found by their types."
            ),
            SchemaKey("detections", .object(detectionKeys), "How objects in an image are read."),
            SchemaKey("dimensions", .named(.integer(1...16_777_216)), "Sizes of open dimensions."),
            SchemaKey("batch", .words(["none"]), "When no dimension counts readings."),
            SchemaKey(
                "session",
                .object([
                    SchemaKey("threads", .integer(1...256), "Threads of one run."),
                    SchemaKey(
                        "optimization",
                        .words(["all", "extended", "basic", "none"]),
                        "How far the model is rewritten before it runs."
                    ),
                    SchemaKey("provider", .text(), "What runs it, such as `cpu`."),
                ]),
                "How the runtime runs it; else as `models:` of sluice.yaml says."
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
            SchemaKey(
                "budget",
                .within("1us", "1h", .duration),
                "How long a reading should take.",
                default: "100ms"
            ),
            SchemaKey("accuracy", .number(0...1), "How often it is right; for `models fit`."),
            SchemaKey("evaluation", .text(), "A file of labelled rows beside it, CSV."),
            SchemaKey("max_batch", .integer(1...65_536), "Readings a run.", default: "256"),
            SchemaKey(
                "max_wait",
                .within("0s", "1m", .duration),
                "How long they wait for company.",
                default: "0s"
            ),
            SchemaKey("check", .object(checkKeys), "Tried when it is loaded."),
        ] + windowKeys
    }

    private static var checkKeys: [SchemaKey] {
        [
            SchemaKey(
                "input",
                .either([.text(), .list(.number()), .named(.any)]),
                "The numbers; by input; or a JSON file with the whole check.",
                isRequired: true
            ),
            SchemaKey("output", .named(.any), "What each output gives."),
            SchemaKey("label", .text(), "The label."),
            SchemaKey("probabilities", .list(.number(0...1)), "The probabilities."),
            SchemaKey("value", .number(), "The value."),
            SchemaKey("tolerance", .number(0...1e9), "How near.", default: "0.0001"),
        ]
    }

    private static var detectionKeys: [SchemaKey] {
        [
            SchemaKey("boxes", .text(), "The output of boxes; found when it is the only one."),
            SchemaKey("scores", .text(), "The output of scores."),
            SchemaKey("classes", .text(), "The output of classes, where a box has one score."),
            SchemaKey(
                "layout",
                .words(["separate", "yolo", "yolo5", "final"]),
                "How they lie; told from the shapes where that is clear."
            ),
            SchemaKey(
                "format",
                .words(["xyxy", "cxcywh", "xywh", "yxyx"]),
                "What the numbers of a box are."
            ),
            SchemaKey("normalised", .flag, "Whether boxes are fractions of the image."),
            SchemaKey("size", .list(.integer(1...65_536)), "The image's width and height."),
            SchemaKey("first_class", .integer(0...1_000), "The first class.", default: "0"),
            SchemaKey("score", .number(0...1), "The least score.", default: "0.25"),
            SchemaKey("iou", .number(0...1), "The overlap that is too much.", default: "0.45"),
            SchemaKey("max", .integer(1...1_000), "How many are kept.", default: "100"),
        ]
    }
}
