// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Tune
import Vocabulary

/// What is tuned on: samples, and where they come from.
struct TuneMaterial {
    /// The rows that both answered.
    var samples: [Sample] = []
    /// The file they come from, as the user named it.
    var source: String
    /// SHA-256 of it.
    var digest: String
    /// The local model's labels; empty where rows do not name them.
    var labels: [String] = []
    /// The same, and behind them those that only the references give.
    var knownLabels: [String] = []
    /// Whether the rows are a detector's: a score, and two labels.
    var isDetector = false
    /// The local model and the first digits of its digest, where a trace says so.
    var model: (reference: ModelReference, digest: String)?
    /// The cloud's model.
    var cloud: String?
    /// How many usable rows a day bring; nil where rows have no time.
    var rowsPerDay: Double?
    /// What a reader should know about how the rows were taken.
    var notes: [String] = []
    /// Why they cannot be used at all.
    var refusal: TuneRefusal?

    /// Reads rows of a notebook.
    init(rows path: String) throws(SampleRefusal) {
        let bytes: [UInt8]
        do throws(TuneOutput.Failure) {
            bytes = try TuneOutput.read(path)
        } catch {
            throw .badRows([Diagnostic(.error, "the rows cannot be read", file: path)])
        }
        source = path
        digest = TuneOutput.digest(of: bytes)
        samples = try SampleRows(parsing: bytes, file: path).samples(file: path)
        let times = samples.compactMap(\.time)
        if times.count == samples.count { measureRate(times, of: samples.count) }
    }

    init(source: String, digest: String) {
        self.source = source
        self.digest = digest
    }

    mutating func measureRate(_ times: [WallTime], of count: Int) {
        guard let first = times.min(), let last = times.max(), first < last else { return }
        let days = Double((last - first).nanoseconds) / 86_400e9
        rowsPerDay = Double(count) / days
    }

    /// How long `rows` rows take at the present rate, in words.
    func wait(for rows: Int?) -> String? {
        guard let rows, let rowsPerDay, rowsPerDay > 0 else { return nil }
        let missing = Double(max(0, rows - samples.count))
        return "at the present \(Self.short(rowsPerDay)) rows a day that takes "
            + "\(Self.days(missing / rowsPerDay)) more"
    }

    /// A number of days in words.
    static func days(_ days: Double) -> String {
        if days < 2.0 / 24 { return "\(max(1, Int((days * 1_440).rounded(.up)))) minutes" }
        if days < 2 { return "\(Int((days * 24).rounded(.up))) hours" }
        return days < 1e6 ? "\(Int(days.rounded(.up))) days" : "for ever"
    }

    /// A number with at most two digits after the point.
    static func short(_ number: Double) -> String {
        guard abs(number) < 1e15 else { return String(number) }
        let rounded = (number * 100).rounded() / 100
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }
}
