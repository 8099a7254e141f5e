// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// The readings of one policy that wait for one model, and what it says of them.
///
/// Given to a lane together with those of other policies, so that all that want the same model go in
/// the same run. Kept from burst to burst, it keeps its memory. Belongs to one thread.
public final class InferenceRequest {
    /// Where what the model is fed comes from.
    public enum Rows: Sendable {
        /// Readings of a batch, by their rows.
        case readings(ReadingBatch, rows: [Int])
        /// What a lane worked out before.
        case prepared([PreparedRow])

        /// No readings.
        public static let none = Rows.prepared([])

        /// How many readings there are.
        var count: Int {
            switch self {
            case .readings(_, let rows): rows.count
            case .prepared(let rows): rows.count
            }
        }
    }

    /// The model, as the policy is bound to it.
    public let model: ModelHandle
    /// The readings; none once they are answered, so that nobody's batch is held.
    public internal(set) var rows = Rows.none
    /// When each answer must be ready to be of use; nil for one that is of use however late it comes.
    ///
    /// Empty where none of them has to be ready.
    var due: [MonotonicInstant?] = []
    /// The devices of rows that were prepared, where the model has a canary; empty otherwise.
    var devices: [String] = []

    /// What was found, one for each reading; nil for one that completes no window.
    public private(set) var findings: [Finding?] = []
    /// How many of the findings say that the model was not asked, because its answer would have been too
    /// late.
    public private(set) var skipped = 0
    /// What is counted of the version.
    private(set) var seen = VersionTally()
    /// Where that is counted, once it is known.
    var versionCount: VersionCount?

    /// How many readings it was asked about.
    public var count: Int { findings.count }
    /// How many of the findings say that the model gave no opinion.
    public var failed: Int { seen.failures }

    /// Makes a request of no readings.
    public init(_ model: ModelHandle) {
        self.model = model
    }

    /// Makes a request.
    public convenience init(
        model: ModelHandle,
        rows: Rows,
        due: [MonotonicInstant?] = [],
        devices: [String] = []
    ) {
        self.init(model)
        take(rows, due: due, devices: devices)
    }

    /// Takes other readings to be asked about.
    public func take(_ rows: Rows, due: [MonotonicInstant?] = [], devices: [String] = []) {
        self.rows = rows
        self.due = due
        self.devices = devices
    }

    /// Gives the findings away; the array given for them is used for the next ones.
    public func give(_ findings: inout [Finding?]) { swap(&self.findings, &findings) }

    /// True when it is `model` that is asked.
    func asks(_ model: OnnxModel) -> Bool {
        guard case .onnx(let its) = self.model.model else { return false }
        return its === model
    }

    /// Forgets what was found earlier.
    func begin() {
        findings.removeAll(keepingCapacity: true)
        let count = rows.count
        findings.reserveCapacity(count)
        for _ in 0..<count { findings.append(nil) }
        skipped = 0
        seen = VersionTally()
    }

    /// Notes what the model said of the reading at `row`, of which nothing is noted yet.
    @inline(__always)
    func put(
        _ outcome: consuming Finding.Outcome,
        at row: Int,
        latency: Interval = .zero
    ) {
        switch outcome {
        case .failed: seen.failures += 1
        case .skipped: skipped += 1
        case .classification, .value, .detections: break
        }
        seen.findings += 1
        let time = latency.nanoseconds
        seen.nanoseconds &+= time
        if time > seen.longest { seen.longest = time }
        if let slowAfter = model.slowAfter, latency > slowAfter { seen.slow += 1 }
        findings[row] = Finding(model: model.reference, outcome: outcome, latency: latency)
    }

    /// Takes over what was found of the readings at `places`, one after the other, by another version.
    func put(_ findings: [Finding?], at places: [Int]) {
        for (place, finding) in zip(places, findings) { self.findings[place] = finding }
    }

    /// Lets go of the readings.
    func end() { take(.none) }
}

/// One run of a model, for those who count.
public struct ModelRun: Sendable {
    /// The model.
    public var model: ModelReference
    /// How many readings were in it.
    public var rows: Int
    /// When it began.
    public var began: MonotonicInstant
    /// How long it took.
    public var took: Interval
    /// False when the runtime refused it or it was ended.
    public var hasSucceeded: Bool
    /// The places of the readings it answered: of the requests, and in each.
    public var places: [Place] = []

    /// One reading of one request.
    public struct Place: Hashable, Sendable {
        /// The request's place among those given together.
        public var request: Int
        /// The reading's place in the request.
        public var row: Int
    }
}
