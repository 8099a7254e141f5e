// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// How a version does on this machine: how long it takes, and how often it is right.
public struct ModelTiming: Codable, Equatable, Sendable {
    /// Where an accuracy is from.
    public enum Source: String, Codable, Sendable {
        /// What `model.yaml` says.
        case stated
        /// The labelled rows of its evaluation file, on this machine.
        case measured
        /// Recorded readings with a label.
        case recorded
    }

    /// The model's name.
    public var model: String
    /// The version's number.
    public var version: String
    /// The first 12 digits of its digest.
    public var digest: String?
    /// How often it is right, 0…1; nil where nobody knows.
    public var accuracy: Double?
    /// Where that is from.
    public var source: Source?
    /// How many labelled readings it was measured on; nil where it was not.
    public var rows: Int?
    /// Median and 99th percentile of a run of one reading, in milliseconds.
    public var p50Ms: Double
    /// The 99th percentile of a run of one reading, in milliseconds.
    public var p99Ms: Double
    /// How many readings the runs of a batch had.
    public var batch: Int
    /// The median time of a reading in such a batch, in milliseconds.
    public var batchedMs: Double

    /// Makes a timing.
    public init(
        model: String,
        version: String,
        digest: String?,
        accuracy: Double?,
        source: Source?,
        p50Ms: Double,
        p99Ms: Double,
        batch: Int,
        batchedMs: Double
    ) {
        self.model = model
        self.version = version
        self.digest = digest
        self.accuracy = accuracy
        self.source = source
        self.p50Ms = p50Ms
        self.p99Ms = p99Ms
        self.batch = batch
        self.batchedMs = batchedMs
    }

    /// The place among `timings` of the most accurate version whose 99th percentile is within `budget`.
    ///
    /// Of equally accurate ones the fastest; one whose accuracy nobody knows only where nothing else fits.
    /// Nil where none fits.
    public static func best(of timings: [ModelTiming], budget: Interval) -> Int? {
        timings.indices.filter { timings[$0].p99Ms <= budget.milliseconds }.max { left, right in
            let (one, two) = (timings[left], timings[right])
            let (first, second) = (one.accuracy ?? -1, two.accuracy ?? -1)
            return first != second ? first < second : one.p99Ms > two.p99Ms
        }
    }
}

extension CoreEngine {
    /// Times the ONNX models that `isWanted` names, and holds them against their evaluation files.
    ///
    /// Each version takes about `time`, and as long as its evaluation rows take. Blocks; a version that
    /// cannot be timed is left out with a diagnostic.
    public func timings(
        repository path: String,
        time: Interval = .seconds(2),
        _ isWanted: (ModelReference) -> Bool = { _ in true }
    ) -> (timings: [ModelTiming], diagnostics: [Diagnostic]) {
        var timings: [ModelTiming] = []
        var diagnostics: [Diagnostic] = []
        let wanted = models.values.filter { isWanted($0.reference) }
        for description in wanted.sorted(by: { $0.isBefore($1) }) {
            guard case .onnx(let model)? = self.model(description.reference) else { continue }
            let folder = "\(path)/\(description.reference)"
            do throws(OnnxError) {
                let stopwatch = try Stopwatch(model, time: time)
                var timing = try stopwatch.timing(of: description)
                if let file = description.evaluationFile {
                    let width = try stopwatch.width
                    let rows = try EvaluationRows(path: "\(folder)/\(file)", width: width)
                    timing.accuracy = try stopwatch.accuracy(on: rows)
                    (timing.source, timing.rows) = (.measured, rows.count)
                }
                timings.append(timing)
            } catch {
                diagnostics.append(Diagnostic(.warning, error.message, file: folder))
            }
        }
        return (timings, diagnostics)
    }
}

extension ModelDescription {
    fileprivate func isBefore(_ other: ModelDescription) -> Bool {
        reference.name == other.reference.name
            ? (Int(reference.version) ?? 0) < (Int(other.reference.version) ?? 0)
            : reference.name < other.reference.name
    }
}

/// Runs one model again and again.
private struct Stopwatch {
    private let lane: OnnxLane
    private let time: Interval

    private static let warmUps = 3
    private static let mostRuns = 1_000
    private static let leastRuns = 10
    private static let rowsOfBatch = 64
    private static let limit = Interval.seconds(30)

    init(_ model: OnnxModel, time: Interval) throws(OnnxError) {
        lane = try OnnxLane(model)
        self.time = time
    }

    /// How many numbers a reading has, of all inputs together.
    ///
    /// Throws for a model whose rows have no fixed width, or that takes texts.
    var width: Int {
        get throws(OnnxError) {
            var width = 0
            for input in lane.model.inputs {
                guard let own = input.width, input.element != .text else {
                    throw OnnxError(
                        .badTensor,
                        "an evaluation file wants a model that takes a fixed number of numbers"
                    )
                }
                width += own
            }
            return width
        }
    }

    func timing(of description: ModelDescription) throws(OnnxError) -> ModelTiming {
        let single = try times(rows: 1)
        let rows = min(Self.rowsOfBatch, lane.model.maximumBatch)
        let batched = rows > 1 ? try times(rows: rows) : single
        func milliseconds(_ time: Int64) -> Double { Double(time) / 1e6 }
        return ModelTiming(
            model: description.reference.name,
            version: description.reference.version,
            digest: description.shortDigest,
            accuracy: description.accuracy,
            source: description.accuracy == nil ? nil : .stated,
            p50Ms: milliseconds(single[single.count / 2]),
            p99Ms: milliseconds(single[min(single.count - 1, single.count * 99 / 100)]),
            batch: rows,
            batchedMs: milliseconds(batched[batched.count / 2]) / Double(rows)
        )
    }

    /// The times of runs of `rows` rows, in order of length.
    private func times(rows: Int) throws(OnnxError) -> [Int64] {
        for _ in 0..<Self.warmUps { try lane.run(rows: rows, limit: Self.limit) }
        var times: [Int64] = []
        let end = RunWatchdog.now() + time.nanoseconds / 2
        while times.count < Self.mostRuns {
            let start = RunWatchdog.now()
            guard start < end || times.count < Self.leastRuns else { break }
            try lane.run(rows: rows, limit: Self.limit)
            times.append(RunWatchdog.now() - start)
        }
        return times.sorted()
    }

    /// How often the model gives the label that a row has.
    func accuracy(on rows: EvaluationRows) throws(OnnxError) -> Double {
        let width = try width
        var hits = 0
        var done = 0
        while done < rows.count {
            let count = min(lane.model.maximumBatch, rows.count - done)
            for row in 0..<count {
                var start = (done + row) * width
                for (input, shape) in lane.model.inputs.enumerated() {
                    let end = start + (shape.width ?? 0)
                    rows.numbers[start..<end].withUnsafeBufferPointer {
                        _ = lane.place(numbers: $0, input: input, row: row)
                    }
                    start = end
                }
            }
            try lane.run(rows: count, limit: Self.limit)
            for row in 0..<count {
                guard case .classification(let found) = lane.outcome(row: row) else { continue }
                if found.label == rows.labels[done + row] { hits += 1 }
            }
            done += count
        }
        return rows.count > 0 ? Double(hits) / Double(rows.count) : 0
    }
}
