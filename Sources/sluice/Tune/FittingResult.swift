// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Tune
import Vocabulary

/// A calibration fitted by itself, with everything that is said about it.
struct FittingResult {
    let fitting: Fitting
    let material: TuneMaterial
    let subject: TuneSubject?
    /// The day it was made.
    let date = TuneResult.today

    init(_ fitting: Fitting, material: TuneMaterial, subject: TuneSubject?) {
        self.fitting = fitting
        self.material = material
        self.subject = subject
    }

    /// The calibration with where it comes from.
    func calibration(model: String?) -> Calibration {
        var calibration = fitting.calibration
        calibration.origin = Calibration.Origin(
            model: model,
            cloud: material.cloud,
            samplesDigest: material.digest,
            date: date,
            samples: fitting.samples
        )
        return calibration
    }

    /// The calibration beside the model; nil where the model is not known.
    func change() -> TuneChange? {
        guard let subject else { return nil }
        return TuneChange(self, subject: subject)
    }

    /// The summary for a terminal.
    var text: String {
        var rows = [
            ("rows", "\(fitting.samples) from \(material.source)"),
            ("disagreement", "\(fitting.disagreements) of them"),
            ("score", fitting.calibration.score.name),
            (
                "calibration",
                TuneResult.words(fitting.calibration.map) + TuneResult.compared(fitting.maps)
            ),
        ]
        for band in fitting.bands {
            rows.append(
                (
                    "confidence",
                    "\(Percent.of(band.said)) said, \(Percent.of(band.held)) held, of "
                        + "\(band.rows) rows held out"
                )
            )
        }
        for note in material.notes { rows.append(("note", note)) }
        rows.append(("threshold", "as it was: no bound is tested"))
        let width = (rows.map(\.0.count).max() ?? 0) + 2
        return rows.map { name, words in
            name + String(repeating: " ", count: width - name.count) + words
        }.joined(separator: "\n")
    }

    /// The same as one JSON object.
    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("fitted", true)
        writer.member("rows", fitting.samples)
        writer.member("disagreements", fitting.disagreements)
        writer.member("cloud", material.cloud)
        writer.member("trace_sha256", material.digest)
        writer.key("calibrations")
        writer.beginObject()
        for map in fitting.maps { writer.member(map.name, map.loss) }
        writer.endObject()
        writer.key("bands")
        writer.beginArray()
        for band in fitting.bands {
            writer.beginObject()
            writer.member("rows", band.rows)
            writer.member("said", band.said)
            writer.member("held", band.held)
            writer.endObject()
        }
        writer.endArray()
        writer.member("calibration", calibration(model: nil).yaml())
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
