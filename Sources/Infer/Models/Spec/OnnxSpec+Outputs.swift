// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

/// The part of `model.yaml` that says how the outputs are read.
extension OnnxSpec {
    /// The output that gives a number: `NAME`, or `NAME[INDEX]` for one of several.
    struct ValueOutput {
        var name: String
        var index: Int
        var node: SettingsNode

        init?(_ node: SettingsNode) {
            guard let text = node.read(.string) else { return nil }
            self.node = node
            name = text
            index = 0
            guard text.last == "]", let bracket = text.lastIndex(of: "[") else { return }
            let digits = text[text.index(after: bracket)..<text.index(before: text.endIndex)]
            guard let number = Int(digits), (0..<1_000_000).contains(number) else {
                node.problem(
                    "`\(text)` names no number of an output",
                    hint: "write `rul[0]` for the first number of the output `rul`"
                )
                return nil
            }
            name = String(text[..<bracket])
            index = number
        }
    }

    /// How an object detector's outputs are read.
    struct Detections {
        var boxes: (name: String, node: SettingsNode)?
        var scores: (name: String, node: SettingsNode)?
        var classes: (name: String, node: SettingsNode)?
        var layout: DetectionReader.Layout?
        var format: DetectionReader.BoxFormat?
        var isNormalised: Bool?
        /// Width and height of the image that boxes in pixels are of.
        var size: [Int]?
        var firstClass: Int
        var least: Double
        var overlap: Double
        var most: Int
        var node: SettingsNode

        init(_ node: SettingsNode) {
            self.node = node
            boxes = node.nameOfOutput("boxes")
            scores = node.nameOfOutput("scores")
            classes = node.nameOfOutput("classes")
            layout = node.optional("layout", .choice())
            format = node.optional("format", .choice())
            isNormalised = node.optional("normalised", .flag)
            size = node.optional("size", .list(of: .integer(in: 1...65_536)))
            firstClass = node.integer("first_class", in: 0...1_000, default: 0)
            least = node.value("score", .number(in: 0...1), default: 0.25)
            overlap = node.value("iou", .number(in: 0...1), default: 0.45)
            most = node.integer("max", in: 1...1_000, default: 100)
            if let size, size.count != 2 {
                node.node("size")?.problem("`size` wants two numbers, the width and the height")
            }
            if classes != nil, scores == nil {
                node.problem("`classes` wants `scores` as well")
            }
        }
    }
}
