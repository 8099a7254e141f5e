// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// A model as the rest of the gateway knows it.
public struct ModelDescription: Sendable {
    /// The kinds of model.
    public enum Kind: String, Sendable {
        /// A file that ONNX Runtime runs.
        case onnx
        /// A streaming detector of this program's own.
        case detector
    }

    /// Its name and version.
    public var reference: ModelReference
    /// What it is.
    public var kind: Kind
    /// Its labels, in the order of its probabilities; empty for a model that gives a value.
    public var labels: [String]
    /// The fields its features read.
    public var fields: Set<String>
    /// The tensors it takes; none for a detector.
    public var inputs: [TensorShape]
    /// The tensors `LaneInference.run` gives; none for a detector.
    public var outputs: [TensorShape]
    /// How long one reading should take at most; nil for a detector.
    public var budget: Interval?
    /// How long one run of one row took when the model was loaded; zero for a detector.
    public var estimate: Interval
    /// How many rows one run takes at most.
    public var maximumBatch: Int
    /// How long a reading may wait for company before its run.
    public var maximumWait = Interval.zero
    /// The SHA-256 of the model's file in hexadecimal; of its `model.yaml` for a detector.
    public var digest: String?
    /// The fitting that turns its probabilities or its score into confidences; nil without a `calibration.yaml`.
    public var calibration: CalibrationMark?
    /// What `confidence` is made of: `max`, `margin`, `entropy`, `learned`, or `anomaly` for a detector
    /// with a calibration; nil for a model that gives no confidence.
    public var score: String?

    /// What the model's file says of itself; nil for a detector.
    public var file: ModelNotes?
    /// The SHA-256 of its `model.yaml` in hexadecimal.
    public var settingsDigest = ""
    /// What is known of who made it.
    public var signature = SignatureState.unsigned
    /// How often it is right, 0…1, as its `model.yaml` says; nil where it does not.
    public var accuracy: Double?
    /// The file of labelled rows beside it; nil without one.
    public var evaluationFile: String?

    /// True when it finds objects in images: its labels are theirs.
    public var findsObjects = false

    /// What a version's calibration is called, beside `model.yaml`.
    public static let calibrationFile = "calibration.yaml"

    /// What the calibration in force says of itself, for status and logs.
    public struct CalibrationMark: Equatable, Sendable {
        /// What is calibrated: `max`, `margin`, `entropy` or `learned`; a detector's `anomaly`.
        public var score: String
        /// How that is made a confidence: `identity`, `temperature`, `isotonic` or `logistic`.
        public var map: String
        /// The day it was fitted, as its file says.
        public var date: String
        /// How many rows it was fitted on.
        public var samples: Int
        /// The SHA-256 of its file in hexadecimal.
        public var digest: String
        /// The SHA-256 of what it was fitted on; empty where it does not say.
        public var samplesDigest: String
        /// Pairs of a score and the confidence made of it, rising; empty where it was not worked out.
        public var curve: [[Double]] = []

        /// Makes a mark.
        public init(
            score: String,
            map: String,
            date: String,
            samples: Int,
            digest: String,
            samplesDigest: String = ""
        ) {
            self.score = score
            self.map = map
            self.date = date
            self.samples = samples
            self.digest = digest
            self.samplesDigest = samplesDigest
        }
    }

    /// The first 12 digits of `digest`, which thresholds are keyed by.
    public var shortDigest: String? { digest.map { String($0.prefix(12)) } }
}

/// A loaded model of either kind.
enum LoadedModel: Sendable {
    case onnx(OnnxModel)
    case detector(DetectorModel)

    /// What each input is made of, in the model's order.
    var sources: [InputSource] {
        switch self {
        case .onnx(let model): model.inputs.map(\.source)
        case .detector(let model): [model.source]
        }
    }
}
