// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// One reading that the local model answered, and the reference as well.
public struct Sample: Equatable, Sendable {
    /// What it is called in what is written about it.
    public var id: String
    /// The device it comes from; empty when that is not known.
    public var device: String
    /// When it was measured; nil when that is not known.
    public var time: WallTime?
    /// A name that rows of one block share; nil where blocks are left to be found.
    public var block: String?
    /// The local model's probabilities, one a label; or one number, a detector's score.
    public var edge: [Double]
    /// The index of the label that the local model chose.
    public var edgeLabel: Int
    /// The index of the reference's label: the cloud's, or the truth where no cloud was asked.
    public var reference: Int
    /// The index of the true label, where somebody knows it.
    public var truth: Int?
    /// The probability with which the reference was asked for, above 0 and at most 1.
    public var propensity: Double

    /// Makes a sample; the local label is the likeliest unless it is given.
    public init(
        id: String,
        device: String = "",
        time: WallTime? = nil,
        block: String? = nil,
        edge: [Double],
        edgeLabel: Int? = nil,
        reference: Int,
        truth: Int? = nil,
        propensity: Double = 1
    ) {
        self.id = id
        self.device = device
        self.time = time
        self.block = block
        self.edge = edge
        self.edgeLabel = edgeLabel ?? Calibration.Score.likeliest(of: edge)
        self.reference = reference
        self.truth = truth
        self.propensity = propensity
    }

    /// Whether the reference says that the reading is unusual: for a detector's, whose label 0 is usual.
    public var isUnusual: Bool { reference != 0 }

    /// Whether the local answer differs from the reference's.
    public var disagrees: Bool { edgeLabel != reference }
}
