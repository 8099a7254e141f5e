// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Settings
import Tune
import Vocabulary

/// The files that a tuning changes.
struct TuneChange {
    private struct File {
        var path: String
        var old: String?
        var new: String
    }

    private var files: [File] = []

    /// The policy with its threshold, and the calibration beside the model it is for.
    init?(_ result: TuneResult, subject: TuneSubject) {
        let path = subject.policy.file
        guard let bytes = try? BoundedFile.read(path: path, limit: 1 << 20) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let edited = ThresholdEdit.edited(
            text,
            members: result.members,
            model: result.modelKey,
            cloud: result.cloud
        )
        files.append(File(path: path, old: text, new: edited))
        // With two thresholds on the alarm's probability the confidence is left as it is.
        guard result.tuning.low == nil, let home = subject.home(traced: result.material.model)
        else { return }
        add(result.calibration(model: home.digest), in: home.folder)
    }

    /// The calibration alone, beside the model it is for; nil where the model is not known.
    init?(_ result: FittingResult, subject: TuneSubject) {
        guard let home = subject.home(traced: result.material.model) else { return nil }
        add(result.calibration(model: home.digest), in: home.folder)
    }

    private mutating func add(_ calibration: Calibration, in folder: String) {
        let path = folder + "/calibration.yaml"
        let old = (try? BoundedFile.read(path: path, limit: 1 << 20))
            .map { String(decoding: $0, as: UTF8.self) }
        files.append(File(path: path, old: old, new: calibration.yaml()))
    }

    /// The change as a patch.
    var diff: String {
        files.map { UnifiedDiff.text(from: $0.old, to: $0.new, path: Self.relative($0.path)) }
            .joined()
    }

    /// Makes the change: the calibration first, because the threshold is for it.
    func apply() throws(TuneOutput.Failure) {
        for file in files.reversed() { try TuneOutput.write(file.new, to: file.path) }
    }

    private static func relative(_ path: String) -> String {
        var rest = path[...]
        while rest.hasPrefix("./") { rest = rest.dropFirst(2) }
        while rest.hasPrefix("/") { rest = rest.dropFirst() }
        return String(rest)
    }
}
