// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Tune
import Vocabulary

extension TuneResult {
    /// The summary for a terminal.
    var text: String {
        let parts = tuning.parts
        var rows: [(String, String)] = [
            ("rows", "\(tuning.samples) from \(material.source)"),
            ("neighbours", tuning.dependence.words),
            (
                "parts",
                "\(parts.calibration) calibrate, \(parts.tuning) choose, \(parts.test) test"
                    + (parts.setAside > 0 ? ", \(parts.setAside) set aside between them" : "")
            ),
            (
                "effective",
                "\(tuning.effectiveSamples) of the \(parts.test) test rows "
                    + "(design effect \(TuneMaterial.short(tuning.designEffect)))"
            ),
        ]
        if tuning.low == nil {
            rows.append(("score", tuning.calibration.score.name + Self.compared(tuning.scores)))
            rows.append(("calibration", mapWords + Self.compared(tuning.maps)))
            rows.append(("threshold", "confidence >= \(tuning.threshold)"))
        } else {
            rows.append(
                (
                    "thresholds",
                    "alarm <= \(tuning.low ?? 0): ignore; alarm >= \(tuning.high ?? 1): act"
                )
            )
        }
        rows.append(
            ("kept local", "\(Percent.of(tuning.keptShare)) (\(tuning.kept) of \(parts.test))")
        )
        rows.append(
            (
                "disagreement",
                "\(Percent.of(tuning.observed)) observed (\(tuning.disagreements)), at most "
                    + "\(Percent.of(tuning.upper, up: true)) with \(Percent.of(tuning.certainty)) "
                    + "certainty"
            )
        )
        if let risk = tuning.risk {
            let shown = (risk * 1e5).rounded() / 1e5
            rows.append(("cost a row", "\(shown) observed, bounded by \(tuning.bound)"))
        }
        if let accuracy = tuning.keptAccuracy {
            rows.append(("accuracy", "\(Percent.of(accuracy)) of what is kept"))
        }
        for note in material.notes { rows.append(("note", note)) }
        if let rate = material.rowsPerDay {
            let days = Double(tuning.samples) / rate
            rows.append(
                ("evidence", "as much again takes \(TuneMaterial.days(days)) at the present rate")
            )
        }
        let width = (rows.map(\.0.count).max() ?? 0) + 2
        return rows.map { name, words in
            name + String(repeating: " ", count: width - name.count) + words
        }.joined(separator: "\n")
    }

    private var mapWords: String { Self.words(tuning.calibration.map) }

    static func words(_ map: Calibration.Map) -> String {
        switch map {
        case .identity: "none"
        case .temperature(let temperature): "temperature \(temperature)"
        case .logistic(let bias, let slope): "logistic, bias \(bias), slope \(slope)"
        case .isotonic(let curve): "isotonic, \(curve.arguments.count) knots"
        }
    }

    static func compared(_ comparisons: [Tuning.Comparison]) -> String {
        guard comparisons.count > 1 else { return "" }
        let words = comparisons.map { comparison in
            "\(comparison.name) \((comparison.loss * 1e4).rounded() / 1e4)"
        }
        return " (held out, less is better: \(words.joined(separator: ", ")))"
    }
}

/// What `sluice tune --json` prints.
enum TuneText {
    /// A refusal.
    static func json(_ refusal: TuneRefusal, _ material: TuneMaterial) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("tuned", false)
        writer.member("reason", refusal.reason.rawValue)
        writer.member("message", refusal.message)
        writer.member("advice", refusal.advice)
        writer.member("rows", material.samples.count)
        writer.member("rows_needed", refusal.rowsNeeded)
        writer.member("possible_bound", refusal.possibleBound)
        writer.member("rows_per_day", material.rowsPerDay)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension TuneResult {
    /// The result as one JSON object.
    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("tuned", true)
        writer.key("threshold")
        writer.beginObject()
        writer.member("value", tuning.threshold)
        writer.member("low", tuning.low)
        writer.member("high", tuning.high)
        writer.member("bound", tuning.bound)
        writer.member("certainty", tuning.certainty)
        writer.member("samples", tuning.effectiveSamples)
        writer.member("score", tuning.calibration.score.name)
        writer.member("model", modelKey)
        writer.member("cloud", cloud)
        writer.member("trace_sha256", material.digest)
        writer.member("tuned", date)
        writer.endObject()
        writer.member("rows", tuning.samples)
        writer.key("parts")
        writer.beginObject()
        writer.member("calibration", tuning.parts.calibration)
        writer.member("tuning", tuning.parts.tuning)
        writer.member("test", tuning.parts.test)
        writer.member("set_aside", tuning.parts.setAside)
        writer.endObject()
        writer.member("neighbours", tuning.dependence.words)
        writer.member("block_length", tuning.dependence.blockLength)
        writer.member("blocks", tuning.dependence.blocks)
        writer.member("design_effect", tuning.designEffect)
        writer.member("effective_samples", tuning.effectiveSamples)
        writer.member("kept", tuning.kept)
        writer.member("kept_share", tuning.keptShare)
        writer.member("disagreements", tuning.disagreements)
        writer.member("disagreement", tuning.observed)
        writer.member("disagreement_upper", tuning.upper)
        writer.member("risk", tuning.risk)
        writer.member("kept_accuracy", tuning.keptAccuracy)
        comparisons("scores", tuning.scores, &writer)
        comparisons("calibrations", tuning.maps, &writer)
        writer.member("calibration", calibration(model: nil).yaml())
        writer.member("rows_per_day", material.rowsPerDay)
        writer.key("curve")
        writer.beginArray()
        for point in tuning.tradeOff.curve {
            writer.beginArray()
            writer.value(point.escalation)
            writer.value(point.quality)
            writer.endArray()
        }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func comparisons(
        _ name: String,
        _ comparisons: [Tuning.Comparison],
        _ writer: inout JSONWriter
    ) {
        writer.key(name)
        writer.beginObject()
        for comparison in comparisons { writer.member(comparison.name, comparison.loss) }
        writer.endObject()
    }
}
