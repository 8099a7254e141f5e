// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// The readings of one policy that wait for one model.
///
/// Given to a lane together with those of other policies, so that all that want the same model go in
/// the same run.
public struct InferenceRequest: Sendable {
    /// Where what the model is fed comes from.
    public enum Rows: Sendable {
        /// Readings of a batch, by their rows.
        case readings(ReadingBatch, rows: [Int])
        /// What a lane worked out before.
        case prepared([PreparedRow])
    }

    /// The model, as the policy is bound to it.
    public var model: ModelHandle
    /// The readings.
    public var rows: Rows
    /// When each answer must be ready to be of use; nil for one that is of use however late it comes.
    ///
    /// Empty where none of them has to be ready.
    public var due: [MonotonicInstant?]

    /// The devices of rows that were prepared, where the model has a canary; empty otherwise.
    public var devices: [String]

    /// Makes a request.
    public init(
        model: ModelHandle,
        rows: Rows,
        due: [MonotonicInstant?] = [],
        devices: [String] = []
    ) {
        self.model = model
        self.rows = rows
        self.due = due
        self.devices = devices
    }

    /// How many readings there are.
    public var count: Int {
        switch rows {
        case .readings(_, let rows): rows.count
        case .prepared(let rows): rows.count
        }
    }
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

/// What became of the readings that one policy asked one model about.
public struct ModelAnswers: Sendable {
    /// The model.
    public var model: ModelReference
    /// How many readings it was asked about.
    public var readings: Int
    /// How many findings there are; the other readings complete no window.
    public var findings: Int
    /// How many of them say that the model gave no opinion.
    public var failed: Int
    /// How many of them say that it was not asked, because its answer would have been too late.
    public var skipped: Int
}
