// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The shapes a stream has had, as a few dozen prototypes, and how far the newest is from them.
///
/// A shape is four numbers: where the value lies among those so far, the same averaged over 6 and
/// over 36 readings, and how much it moves. What is far from every prototype becomes one, in place
/// of the least visited when there is no room; what is close draws its prototype nearer. In the
/// manner of adaptive resonance (G. A. Carpenter, S. Grossberg and D. B. Rosen, "Fuzzy ART",
/// Neural Networks 4, 1991), of which ARTime showed what it is worth on streams.
struct ShapeMemory: Equatable, Sendable {
    private static let most = 64
    private static let vigilance = 0.05

    private var shape = SIMD4(0.5, 0.5, 0.5, 0)
    private var prototypes: [SIMD4<Double>] = []
    private var visits: [Double] = []

    /// How far the shape after a value, of which a share `rank` lies below, is from all known ones.
    mutating func novelty(ofRank rank: Double) -> Double {
        let moved = (rank - shape.x).magnitude
        shape.x = rank
        shape.y += (rank - shape.y) / 6
        shape.z += (rank - shape.z) / 36
        shape.w += (moved - shape.w) / 6
        return meet()
    }

    private mutating func meet() -> Double {
        var nearest = -1
        var distance = 0.0
        for (index, prototype) in prototypes.enumerated() {
            let apart = shape - prototype
            let sum =
                apart.x.magnitude + apart.y.magnitude + apart.z.magnitude + 2 * apart.w.magnitude
            if nearest < 0 || sum < distance { (nearest, distance) = (index, sum) }
        }
        if nearest < 0 || distance > Self.vigilance {
            remember()
        } else {
            visits[nearest] = min(visits[nearest] + 1, 1e9)
            prototypes[nearest] += (shape - prototypes[nearest]) / min(50, visits[nearest])
        }
        return distance
    }

    private mutating func remember() {
        guard prototypes.count >= Self.most else {
            prototypes.append(shape)
            visits.append(1)
            return
        }
        var least = 0
        for index in visits.indices where visits[index] < visits[least] { least = index }
        prototypes[least] = shape
        visits[least] = 1
        for index in visits.indices { visits[index] *= 0.98 }
    }
}

extension ShapeMemory {
    var byteCount: Int {
        2 * arrayHeader + prototypes.capacity * MemoryLayout<SIMD4<Double>>.stride
            + visits.capacity * MemoryLayout<Double>.stride
    }

    func save(into writer: inout StateWriter) {
        writer.put(visits)
        for point in [shape] + prototypes {
            for lane in point.indices { writer.put(point[lane]) }
        }
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        visits = try reader.doubles(limit: Self.most)
        guard visits.allSatisfy({ $0 > 0 && $0 <= 1e9 }) else {
            throw StateError("a shape was never visited")
        }
        shape = try Self.point(&reader)
        for _ in visits { prototypes.append(try Self.point(&reader)) }
    }

    private static func point(_ reader: inout StateReader) throws(StateError) -> SIMD4<Double> {
        var point = SIMD4<Double>()
        for lane in point.indices { point[lane] = try reader.finite(in: -1e6...1e6) }
        return point
    }
}
