// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Media
public import Settings

extension SchemaDocument {
    /// How a camera's frame becomes an input.
    public static var imageKeys: [SchemaKey] {
        let positive: SchemaForm = .number(1e-9...1e9)
        return [
            SchemaKey("field", .text(), "The field that has it.", isRequired: true),
            SchemaKey(
                "size",
                .list(.integer(1...8_192)),
                "Width and height in pixels; the model's own."
            ),
            SchemaKey(
                "fit",
                .words(FrameFit.allCases.map(\.rawValue)),
                "How a frame of another shape is fitted.",
                default: "stretch"
            ),
            SchemaKey(
                "color",
                .words(FrameTransform.Color.allCases.map(\.rawValue)),
                "Which colours, in which order.",
                default: "rgb"
            ),
            SchemaKey(
                "layout",
                .words(FrameTransform.Layout.allCases.map(\.rawValue)),
                "Where the channels stand; as the model's shape says."
            ),
            SchemaKey(
                "scale",
                .text(),
                "What a sample of 0…255 is multiplied with, such as `1/255`.",
                default: "1/255"
            ),
            SchemaKey(
                "mean",
                .either([.number(), .list(.number())]),
                "Taken from the scaled sample, by channel.",
                default: "0"
            ),
            SchemaKey(
                "std",
                .either([positive, .list(positive)]),
                "What the rest is divided by, by channel.",
                default: "1"
            ),
            SchemaKey(
                "filter",
                .words(FrameFilter.allCases.map(\.rawValue)),
                "How pixels are resampled, by Pillow's names.",
                default: "bilinear"
            ),
            SchemaKey(
                "antialias",
                .flag,
                "Whether reducing looks at all pixels, as Pillow does and OpenCV does not.",
                default: "true"
            ),
            SchemaKey("pad", .integer(0...255), "The bars of `letterbox`.", default: "114"),
            SchemaKey(
                "crop_share",
                .number(0.01...1),
                "How much of the shorter side `crop` keeps.",
                default: "1"
            ),
            SchemaKey("upright", .flag, "Whether Exif's orientation is obeyed.", default: "true"),
            SchemaKey(
                "shrink",
                .flag,
                "Whether a JPEG of twice the size or more is decoded smaller, which is faster.",
                default: "true"
            ),
            SchemaKey(
                "max_pixels",
                .integer(1...256 << 20),
                "Larger frames are refused by their header.",
                default: "16777216"
            ),
            SchemaKey(
                "max_time",
                .within("1ms", "1m", .duration),
                "How long decoding may take.",
                default: "1s"
            ),
        ]
    }
}
