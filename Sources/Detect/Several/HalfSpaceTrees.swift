// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
public import Vocabulary

/// Readings of several fields that lie where few have lain.
///
/// Half-space trees (S. C. Tan, K. M. Ting and T. F. Liu, "Fast anomaly detection for streaming
/// data", IJCAI 2011): trees that cut the space of the fields in halves, made once from constants
/// and the same for all devices; a device's part is how many readings of the last thousand or so
/// fell into each half. Few around a reading: strange. Each field is first put in its own robust standard
/// deviations. How far the farthest field lies is a second measure, for the trees tell nothing
/// apart where there has been nothing at all; the score is the rarer of both, corrected for their
/// number.
public struct HalfSpaceTrees: StreamingDetector {
    private var scales: [RobustScale]
    /// How many readings of a window fell into each node, in 256ths, tree after tree: a mean of the
    /// full windows that fades by a quarter with each.
    private var reference: [UInt16]
    /// How many of the window that is being filled have.
    private var latest: [UInt8]
    private var filled: UInt16 = 0
    private var hasReference = false
    private var masses = TailScale()
    private var distances = TailScale()

    private static let window: UInt16 = 250
    /// Below so few readings a node is not cut further.
    private static let small: UInt16 = 8 * 256

    /// What the detector is set to.
    public struct Settings: Equatable, Sendable {
        /// How many trees, 1…64.
        public var trees = 16
        /// How often a tree halves, 2…10; a tree takes 6 · 2^depth bytes a device.
        public var depth = 7
        /// After how many readings an observation has half its weight in a field's scale.
        public var halfLife = 1_000.0
        /// The least scale of every field, in its own unit.
        public var leastScale = 0.0

        /// Makes the default settings.
        public init() {}
    }

    /// Makes a detector that has seen nothing.
    public init(_ plan: Plan) {
        scales = Array(repeating: RobustScale(), count: plan.fields)
        reference = Array(repeating: 0, count: plan.trees * plan.nodes)
        latest = Array(repeating: 0, count: plan.trees * plan.nodes)
    }

    /// How unusual it is after what came before, 0…1; then learns from it.
    ///
    /// 0 for a reading with a number that is not finite.
    public mutating func score(
        _ values: UnsafeBufferPointer<Double>,
        at time: WallTime?,
        _ plan: Plan
    ) -> Double {
        guard values.count == scales.count, values.allSatisfy(\.isFinite) else { return 0 }
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: values.count) { places in
            var isWarm = true
            var farthest = 0.0
            for field in scales.indices {
                let place = scales[field].standardised(values[field], plan.scale)
                places.initializeElement(at: field, to: place ?? 0)
                if place == nil { isWarm = false }
                farthest = max(farthest, (place ?? 0).magnitude)
            }
            guard isWarm else { return 0 }
            let mass = pass(UnsafeBufferPointer(places), plan)
            let distance = distances.score(farthest)
            guard hasReference else { return 0 }
            let most = Double((plan.trees * Int(Self.window) * 256) << plan.depth)
            let strangeness = log2(most / (Double(mass) + 256))
            let rarest = 1 - max(masses.score(strangeness), distance)
            return 1 - min(1, 2 * rarest)
        }
    }

    /// Drops the reading through every tree, counts it, and sums up how many lay around it before.
    private mutating func pass(_ places: UnsafeBufferPointer<Double>, _ plan: Plan) -> Int {
        var mass = 0
        for tree in 0..<plan.trees {
            let cuts = tree << plan.depth
            let nodes = tree * plan.nodes
            var node = 1
            var isOpen = true
            for depth in 0...plan.depth {
                let around = reference[nodes + node]
                if isOpen, around <= Self.small || depth == plan.depth {
                    mass += Int(around) << depth
                    isOpen = false
                }
                latest[nodes + node] &+= 1
                guard depth < plan.depth else { break }
                let cut = plan.cuts[cuts + node]
                node = 2 * node + (places[cut.field] < cut.place ? 0 : 1)
            }
        }
        filled += 1
        if filled == Self.window {
            for node in latest.indices {
                let mass = UInt32(latest[node]) * 256
                let faded = (3 * UInt32(reference[node]) + mass) / 4
                reference[node] = UInt16(clamping: hasReference ? faded : mass)
                latest[node] = 0
            }
            filled = 0
            hasReference = true
        }
        return mass
    }

    /// How many bytes it takes, arrays included.
    public var byteCount: Int {
        MemoryLayout<Self>.stride - 2 * MemoryLayout<TailScale>.stride + 3 * arrayHeader
            + scales.count * MemoryLayout<RobustScale>.stride + 3 * reference.count
            + masses.byteCount + distances.byteCount
    }

    /// Writes everything it knows.
    public func save(into writer: inout StateWriter) {
        for scale in scales { scale.save(into: &writer) }
        writer.put(reference)
        writer.put(latest)
        writer.put(Int(filled))
        writer.put(hasReference)
        masses.save(into: &writer)
        distances.save(into: &writer)
    }

    /// Takes up what `save` wrote.
    public init(_ plan: Plan, restoring reader: inout StateReader) throws(StateError) {
        self.init(plan)
        for field in scales.indices { scales[field] = try RobustScale(restoring: &reader) }
        let size = reference.count
        reference = try reader.shorts(size)
        latest = try reader.block(limit: size)
        guard latest.count == size else {
            throw StateError("trees have another size")
        }
        filled = UInt16(try reader.int(in: 0...Int(Self.window) - 1))
        hasReference = try reader.bool()
        masses = try TailScale(restoring: &reader)
        distances = try TailScale(restoring: &reader)
    }
}
