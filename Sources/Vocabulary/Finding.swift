// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// One model's opinion of one reading.
public struct Finding: Sendable {
    /// What a classifier or detector said.
    public struct Classification: Sendable {
        /// The label it chose.
        public var label: String
        /// A classifier's raw probability of that label; a detector's tail-probability score in 0…1 (near 1: unusual).
        public var score: Double
        /// How sure it is, 0…1; nil where nothing has been fitted on labels (a detector alone).
        public var confidence: Double?
        /// The distance from the best to the second-best probability; nil without probabilities.
        public var margin: Double?
        /// The probability of each of the model's labels, in their order; empty without them.
        public var probabilities: Probabilities

        /// Makes a classification.
        public init(
            label: String,
            score: Double,
            confidence: Double?,
            margin: Double? = nil,
            probabilities: Probabilities = []
        ) {
            self.label = label
            self.score = score
            self.confidence = confidence
            self.margin = margin
            self.probabilities = probabilities
        }
    }

    /// One object found in an image.
    public struct Detection: Codable, Equatable, Sendable {
        /// What it is.
        public var label: String
        /// How sure the model is, 0…1.
        public var score: Double
        /// Where it is: left, top, right, bottom, as fractions of the image.
        public var box: [Double]

        /// Makes a detection.
        public init(label: String, score: Double, box: [Double]) {
            self.label = label
            self.score = score
            self.box = box
        }
    }

    /// The kinds of opinion.
    public enum Outcome: Sendable {
        /// One of the model's labels.
        case classification(Classification)
        /// A number (a regression, a time to failure).
        case value(Double)
        /// Objects in an image.
        case detections([Detection])
        /// The model gave no opinion; the text says why, without payload.
        case failed(reason: String)
        /// The model was not asked, because its answer could not have been ready in time; the text says
        /// how long it takes and how long there was.
        case skipped(reason: String)
    }

    /// The model that said it.
    public var model: ModelReference
    /// What it said.
    public var outcome: Outcome
    /// How long the run took that this finding was part of.
    public var latency: Interval
    /// Which stage of a cascade the model is, from 1.
    public var stage: Int

    /// Makes a finding.
    public init(
        model: ModelReference,
        outcome: Outcome,
        latency: Interval,
        stage: Int = 1
    ) {
        self.model = model
        self.outcome = outcome
        self.latency = latency
        self.stage = stage
    }

    /// Why there is no opinion; nil where there is one.
    public var absence: String? {
        switch outcome {
        case .failed(let reason), .skipped(let reason): reason
        case .classification, .value, .detections: nil
        }
    }

    /// True when the model was not asked, because its answer would have been too late.
    public var isSkipped: Bool {
        if case .skipped = outcome { true } else { false }
    }

    /// The number, when it is one.
    public var value: Double? {
        guard case .value(let value) = outcome else { return nil }
        return value
    }

    /// The objects found, when it is about objects.
    public var detections: [Detection]? {
        guard case .detections(let detections) = outcome else { return nil }
        return detections
    }

    /// The classification, when it is one.
    public var classification: Classification? {
        guard case .classification(let classification) = outcome else { return nil }
        return classification
    }
}
