// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Media
import Settings
import Vocabulary

/// A camera's frame as an input, as `image:` of `model.yaml` says.
struct FrameSource: Sendable {
    /// The field that has the frame.
    var field: String
    /// What the model wants; its size and order are the model's own where nothing is said.
    var transform: FrameTransform
    /// Width and height, where they are said.
    var size: [Int]?
    /// The order of the numbers, where it is said.
    var layout: FrameTransform.Layout?
    var limits: FrameLimits
    /// Where it stands.
    var file: String
    var place: SettingsPlace

    /// Reads `node`, the mapping under `image`.
    init(_ node: SettingsNode, file: String) {
        self.file = file
        field = node.required("field", .string) ?? ""
        place = node.node("field")?.place ?? node.place
        let sides = Shape<Int>.integer(in: 1...8_192)
        size = node.optional("size", .list(of: sides))
        if let size, size.count != 2 {
            node.node("size")?.problem("`size` wants two numbers, the width and the height")
            self.size = nil
        }
        layout = node.optional("layout", .choice())
        let fit = node.value("fit", .choice(FrameFit.self), default: .stretch)
        let color = node.value("color", .choice(FrameTransform.Color.self), default: .rgb)
        transform = FrameTransform(
            width: size?[0] ?? 1,
            height: size?[1] ?? 1,
            fit: fit,
            color: color,
            layout: layout ?? .nchw,
            scale: node.value("scale", .ratio, default: 1.0 / 255),
            mean: node.perChannel("mean", .number(), color, default: 0),
            std: node.perChannel("std", .number(in: 1e-9...1e9), color, default: 1),
            filter: node.value("filter", .choice(FrameFilter.self), default: .bilinear),
            antialiases: node.flag("antialias", default: true),
            padding: UInt8(node.integer("pad", in: 0...255, default: 114)),
            cropShare: node.value("crop_share", .number(in: 0.01...1), default: 1),
            isUpright: node.flag("upright", default: true),
            decodesShrunk: node.flag("shrink", default: true)
        )
        let most = FrameLimits().pixels
        limits = FrameLimits(
            pixels: node.integer("max_pixels", in: 1...256 << 20, default: most),
            nanoseconds: node.duration(
                "max_time",
                in: .milliseconds(1)...Interval.seconds(60),
                default: .seconds(1)
            ).nanoseconds
        )
    }

    /// The diagnostic that points at the field's name.
    func diagnostic(_ message: String, hint: String? = nil) -> Diagnostic {
        Diagnostic(
            .error,
            message,
            hint: hint,
            file: file,
            line: place.line,
            column: place.column,
            length: max(1, field.count)
        )
    }
}

extension FrameSource {
    /// How many numbers it makes, where the size is said.
    var saidCount: Int? { size.map { $0[0] * $0[1] * transform.color.channels } }

    /// Sets the free `dimensions` of a tensor's row to the size that is said, if one is.
    func fill(_ dimensions: inout [Int]) {
        guard let size, dimensions.count == 3 else { return }
        let channels = transform.color.channels
        let isLast = layout.map { $0 == .nhwc } ?? (dimensions[2] == channels)
        let wanted = isLast ? [size[1], size[0], channels] : [channels, size[1], size[0]]
        for index in dimensions.indices where dimensions[index] < 0 {
            dimensions[index] = wanted[index]
        }
    }

    /// The source fitted to a tensor's row, whose `dimensions` are -1 where they are free.
    ///
    /// Reports what does not fit to `node`.
    func fitted(to dimensions: [Int], of tensor: String, at node: SettingsNode) -> FrameSource? {
        let channels = transform.color.channels
        var fitted = self
        let sides: (height: Int, width: Int)
        switch dimensions.count {
        case 3:
            let isFirst = dimensions[0] == channels
            let isLast = dimensions[2] == channels
            let layout = layout ?? (isLast && !isFirst ? .nhwc : .nchw)
            guard layout == .nchw ? isFirst : isLast else {
                let order = layout == .nchw ? "first" : "last"
                node.problem(
                    "input `\(tensor)` has rows of the shape \(dimensions); "
                        + "`color: \(transform.color.rawValue)` makes \(channels) channels, "
                        + "which stand \(order)",
                    hint: "`color` is `rgb`, `bgr` (3 channels) or `grey` (1); "
                        + "`layout` is `nchw` or `nhwc`"
                )
                return nil
            }
            fitted.transform.layout = layout
            sides =
                layout == .nchw
                ? (dimensions[1], dimensions[2]) : (dimensions[0], dimensions[1])
        case 2 where channels == 1:
            sides = (dimensions[0], dimensions[1])
        default:
            node.problem(
                "input `\(tensor)` has rows of the shape \(dimensions), which are no images",
                hint: "an image wants channels, height and width, in this order or with the "
                    + "channels last"
            )
            return nil
        }
        let width = size?[0] ?? sides.width
        let height = size?[1] ?? sides.height
        guard width > 0, height > 0 else {
            node.problem(
                "input `\(tensor)` takes images of any size; `image` does not say which",
                hint: "add `size: [WIDTH, HEIGHT]`"
            )
            return nil
        }
        guard sides.width < 0 || sides.width == width, sides.height < 0 || sides.height == height
        else {
            (node.node("image")?.node("size") ?? node).problem(
                "input `\(tensor)` takes images of \(sides.width) x \(sides.height) pixels; "
                    + "`size` says \(width) x \(height)",
                hint: "leave `size` out to take the model's own"
            )
            return nil
        }
        fitted.transform.width = width
        fitted.transform.height = height
        return fitted
    }
}

extension SettingsNode {
    /// Numbers for all channels, or one for each.
    fileprivate func perChannel(
        _ key: String,
        _ shape: Shape<Double>,
        _ color: FrameTransform.Color,
        default fallback: Double
    ) -> [Double] {
        guard let numbers = optional(key, .oneOrMore(of: shape)), !numbers.isEmpty else {
            return [fallback]
        }
        if numbers.count != 1, numbers.count != color.channels {
            node(key)?.problem(
                "`\(key)` has \(numbers.count) numbers; `\(color.rawValue)` has "
                    + "\(color.channels) channels",
                hint: "list one for each channel, in the order of `color`, or one for all"
            )
        }
        return numbers
    }
}

extension Shape where Value == Double {
    /// A number, or one divided by another, such as `1/255`.
    fileprivate static var ratio: Shape {
        .parsed("a number, such as `0.5` or `1/255`") { text in
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map {
                Quantity.number($0.filter { $0 != " " })
            }
            let isRatio = parts.count == 2 || parts.count == 1
            guard isRatio, let first = parts[0] else { throw ShapeMismatch() }
            guard parts.count == 2 else { return first }
            guard let second = parts[1], second != 0, (first / second).isFinite else {
                throw ShapeMismatch()
            }
            return first / second
        }
    }
}
