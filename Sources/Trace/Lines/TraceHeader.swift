// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// What a trace may hold: everything, or what may leave the site.
public enum TraceScope: String, CaseIterable, Sendable {
    /// Everything that was seen; the trace stays on the box.
    case local
    /// Only what the policies' allow-lists let out, and what is derived from it.
    case outbound
}

/// The first line of every trace file.
public struct TraceHeader: Equatable, Sendable {
    /// The version of the format that this program writes, and the newest it reads.
    public static let currentVersion = 1

    /// The version of the format.
    public var version: Int
    /// The site whose gateway recorded it.
    public var site: String
    /// When the recording began.
    public var started: WallTime
    /// What it may hold.
    public var scope: TraceScope
    /// The version of the program that wrote it.
    public var program: String
    /// The share of the decisions that was recorded, above 0 and up to 1; chosen by the decision's id.
    public var sample: Double

    /// Makes a header of the current version.
    public init(
        site: String,
        started: WallTime,
        scope: TraceScope,
        program: String,
        sample: Double = 1
    ) {
        version = Self.currentVersion
        self.site = site
        self.started = started
        self.scope = scope
        self.program = program
        self.sample = sample
    }
}
