// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// One figure of the page: an SVG drawing without scripts, in the page's own colours.
struct Plot {
    static let width = 640.0
    static let height = 260.0
    private static let left = 52.0
    private static let right = 12.0
    private static let top = 12.0
    private static let bottom = 36.0

    private var body = ""

    /// Draws the frame; the ticks are of the left axis and of the one below.
    init(
        across: [(place: Double, label: String)],
        up: [(place: Double, label: String)],
        title: String
    ) {
        for (place, label) in up {
            let y = Self.y(place)
            body += "<line class=\"grid\" x1=\"\(Self.text(Self.left))\" y1=\"\(y)\" "
            body += "x2=\"\(Self.text(Self.width - Self.right))\" y2=\"\(y)\"/>"
            body += Self.words(label, Self.left - 6, Self.rise(place) + 4, "end")
        }
        for (place, label) in across {
            body += Self.words(label, Self.run(place), Self.height - Self.bottom + 16, "middle")
        }
        body += Self.words(
            title,
            (Self.left + Self.width - Self.right) / 2,
            Self.height - 4,
            "middle"
        )
    }

    /// A bar from `low` to `high` between two places across; all from 0 to 1.
    mutating func bar(from: Double, to: Double, low: Double, high: Double, style: String) {
        guard high > low else { return }
        let x = Self.run(from)
        let y = Self.rise(high)
        let width = max(0.5, Self.run(to) - x - 0.5)
        body += "<rect class=\"\(style)\" x=\"\(Self.text(x))\" y=\"\(Self.text(y))\" "
        body += "width=\"\(Self.text(width))\" height=\"\(Self.text(Self.rise(low) - y))\"/>"
    }

    /// A line through points, all from 0 to 1.
    mutating func line(_ points: [(across: Double, up: Double)], style: String) {
        guard !points.isEmpty else { return }
        let path = points.map { point in
            "\(Self.text(Self.run(point.across))),\(Self.text(Self.rise(point.up)))"
        }
        body += "<polyline class=\"\(style)\" points=\"\(path.joined(separator: " "))\"/>"
    }

    /// A marked point with its name.
    mutating func mark(across: Double, up: Double, name: String, style: String) {
        let (x, y) = (Self.run(across), Self.rise(up))
        body += "<circle class=\"\(style)\" cx=\"\(Self.text(x))\" cy=\"\(Self.text(y))\" r=\"5\"/>"
        let isRight = across > 0.8
        body += Self.words(name, x + (isRight ? -9 : 9), y + 4, isRight ? "end" : "start")
    }

    /// The drawing.
    func svg(label: String) -> String {
        let size = "\(Int(Self.width)) \(Int(Self.height))"
        return "<svg viewBox=\"0 0 \(size)\" role=\"img\" aria-label=\"\(Page.escaped(label))\">"
            + body + "</svg>"
    }

    private static func run(_ place: Double) -> Double {
        left + min(max(place, 0), 1) * (width - left - right)
    }

    private static func rise(_ place: Double) -> Double {
        height - bottom - min(max(place, 0), 1) * (height - top - bottom)
    }

    private static func y(_ place: Double) -> String { text(rise(place)) }

    private static func text(_ number: Double) -> String { Figure.fixed(number, 1) }

    private static func words(_ text: String, _ x: Double, _ y: Double, _ anchor: String) -> String
    {
        "<text x=\"\(Self.text(x))\" y=\"\(Self.text(y))\" text-anchor=\"\(anchor)\">"
            + Page.escaped(text) + "</text>"
    }
}
