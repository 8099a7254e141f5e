// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Tune
import Vocabulary

/// Draws quality against escalation, as SVG.
enum TunePlot {
    private static let width = 640.0
    private static let height = 420.0
    private static let left = 70.0
    private static let right = 20.0
    private static let top = 40.0
    private static let bottom = 60.0

    /// The picture: the score's curve, the chosen point, the random line and the oracle.
    static func svg(_ tuning: Tuning) -> String {
        let tradeOff = tuning.tradeOff
        let all = tradeOff.curve + tradeOff.oracle
        let floor = max(0, ((all.map(\.quality).min() ?? 0) * 20).rounded(.down) / 20)
        func x(_ share: Double) -> Double { left + share * (width - left - right) }
        func y(_ quality: Double) -> Double {
            let part = (quality - floor) / max(1e-9, 1 - floor)
            return height - bottom - part * (height - top - bottom)
        }
        func path(_ points: [TradeOff.Point], _ style: String) -> String {
            let places = points.map { "\(short(x($0.escalation))),\(short(y($0.quality)))" }
            return
                "<polyline points=\"\(places.joined(separator: " "))\" fill=\"none\" \(style)/>\n"
        }
        let quality = tradeOff.isAccuracy ? "accuracy" : "agreement with the cloud"
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height))" \
            font-family="sans-serif" font-size="13" role="img">
            <title>\(quality) against escalation</title>
            <rect width="100%" height="100%" fill="#fff"/>

            """
        for step in 0...5 {
            let share = Double(step) / 5
            let level = floor + share * (1 - floor)
            text += line(x(0), y(level), x(1), y(level))
            text += label(x(0) - 8, y(level) + 4, "end", Percent.of(level))
            text += label(x(share), height - bottom + 20, "middle", Percent.of(share))
        }
        text += label(width / 2, height - 14, "middle", "escalated")
        text += label(left, 22, "start", "\(quality) of the final answers, on the test part")
        let ends = [tradeOff.curve.first, tradeOff.curve.last].compactMap(\.self)
        text += path(ends, "stroke=\"#999\" stroke-dasharray=\"5 4\"")
        text += path(tradeOff.oracle, "stroke=\"#2a9d5c\" stroke-dasharray=\"2 3\"")
        text += path(tradeOff.curve, "stroke=\"#1f5fbf\" stroke-width=\"2\"")
        let chosen = tradeOff.chosen
        text += "<circle cx=\"\(short(x(chosen.escalation)))\" cy=\"\(short(y(chosen.quality)))\" "
        text += "r=\"5\" fill=\"#c8321e\"/>\n"
        let name = tuning.low == nil ? tuning.calibration.score.name : "two thresholds"
        let legend = [
            ("#1f5fbf", "score: \(name)"),
            ("#c8321e", "chosen: \(Percent.of(tuning.keptShare)) kept"),
            ("#2a9d5c", "oracle"), ("#999", "random"),
        ]
        for (place, entry) in legend.enumerated() {
            let height = height - bottom - 70 + Double(place) * 17
            text += "<rect x=\"\(short(x(0.68)))\" y=\"\(short(height - 9))\" width=\"10\" "
            text += "height=\"10\" fill=\"\(entry.0)\"/>\n"
            text += label(x(0.68) + 16, height, "start", entry.1)
        }
        return text + "</svg>\n"
    }

    private static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
        "<line x1=\"\(short(x1))\" y1=\"\(short(y1))\" x2=\"\(short(x2))\" y2=\"\(short(y2))\" "
            + "stroke=\"#ddd\"/>\n"
    }

    private static func label(_ x: Double, _ y: Double, _ anchor: String, _ text: String) -> String
    {
        "<text x=\"\(short(x))\" y=\"\(short(y))\" text-anchor=\"\(anchor)\">\(text)</text>\n"
    }

    private static func short(_ number: Double) -> String {
        String((number * 100).rounded() / 100)
    }
}
