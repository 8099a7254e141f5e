// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Gateway
public import Vocabulary

/// What to replay, and against what.
public struct ReplayRequest: Sendable {
    /// The traces, in order; each path stands for its whole rotation.
    public var traces: [String]
    /// The policies that are tried.
    public var site: CheckedSite
    /// The policies they are compared with; nil for what was decided when the trace was recorded.
    public var former: CheckedSite?
    /// The labels of a person, by the decision's id: the truth, where they say something.
    public var labels: [DecisionID: String]
    /// What one call to the cloud costs, in any currency; nil to leave money out.
    public var pricePerCall: Double?
    /// True to run models even where the recorded finding is the same model's.
    public var runsModels: Bool
    /// What the report should say of the policies beside their versions.
    public var notes: [String]
    /// How many decisions are worked on at once.
    public var batchSize: Int

    /// Makes a request.
    public init(
        traces: [String],
        site: CheckedSite,
        former: CheckedSite? = nil,
        labels: [DecisionID: String] = [:],
        pricePerCall: Double? = nil,
        runsModels: Bool = false,
        notes: [String] = [],
        batchSize: Int = 512
    ) {
        self.traces = traces
        self.site = site
        self.former = former
        self.labels = labels
        self.pricePerCall = pricePerCall
        self.runsModels = runsModels
        self.notes = notes
        self.batchSize = max(1, batchSize)
    }
}
