// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Media
public import Settings
public import Vocabulary

/// What a tensor for somebody else's model is made of: features, or a camera's frame.
public enum OutboundSource: Sendable {
    /// Features, one after the other.
    case features([String])
    /// A frame, decoded and resized.
    case frame(OutboundFrame)
}

/// A frame as an endpoint's model takes it.
public struct OutboundFrame: Sendable {
    let source: FrameSource

    /// The most numbers a frame may become: a megapixel in three colours.
    private static let most = 3 << 20

    /// Reads `node`, the mapping under `image`, whose `size` nobody else knows; nil where it is not in
    /// order, which is reported.
    public init?(_ node: SettingsNode) {
        // Whoever joins it with a policy's fields knows the place.
        source = FrameSource(node, file: "")
        guard let count = source.saidCount else {
            if !node.has("size") {
                node.reportMissing("size", "`size` is missing in `image`; it wants [WIDTH, HEIGHT]")
            }
            return nil
        }
        guard count <= Self.most else {
            node.node("size")?.problem("a frame of \(count) numbers is too large to be sent")
            return nil
        }
    }

    /// The same frames have the same text.
    public var text: String { "image(\(source.field)) \(source.transform)" }
}

/// How a reading of one policy becomes one tensor that leaves the site.
///
/// Immutable; any thread, each with an ``OutboundRoom`` of its own.
public struct OutboundPipeline: Sendable {
    private enum Kind: Sendable {
        case features(FeaturePipeline)
        case frame(FramePipeline)
    }

    private let kind: Kind

    /// Finds the fields of `source` among those of the policy `owner`.
    public init(
        _ source: OutboundSource,
        fields: [ReadingSpec.Field],
        owner: String
    ) throws(FeatureError) {
        switch source {
        case .features(let features):
            kind = .features(try FeaturePipeline(expressions: features, fields: fields))
        case .frame(let frame):
            do throws(Diagnostic) {
                kind = .frame(try FramePipeline(frame.source, fields: fields, owner: owner))
            } catch {
                throw FeatureError(error.message, hint: error.hint, offset: 0)
            }
        }
    }

    /// The fields it reads: what must be on an allow-list before its numbers may leave.
    public var fieldsUsed: Set<String> {
        switch kind {
        case .features(let pipeline): pipeline.fieldsUsed
        case .frame(let pipeline): pipeline.fieldsUsed
        }
    }

    /// The shape of one reading's numbers; nil where they stand in a row.
    public var dimensions: [Int]? {
        guard case .frame(let pipeline) = kind else { return nil }
        let transform = pipeline.source.transform
        let sides = [transform.height, transform.width]
        let channels = transform.color.channels
        return transform.layout == .nchw ? [channels] + sides : sides + [channels]
    }

    /// Appends the numbers of reading `row` to `numbers`; on an error none are appended.
    public func write(
        _ readings: ReadingBatch,
        row: Int,
        into numbers: inout [Float],
        in room: OutboundRoom
    ) throws(FeatureFailure) {
        switch kind {
        case .features(let pipeline):
            try pipeline.place(readings, row: row, into: &numbers, using: room.workspace)
        case .frame(let pipeline):
            try pipeline.place(readings, row: row, into: &numbers, using: room.workspace)
        }
    }
}

/// One thread's room for what leaves: it keeps its memory from one reading to the next.
public final class OutboundRoom {
    let workspace = FeatureWorkspace()

    /// Makes an empty one.
    public init() {}
}
