// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

/// The kinds of episodes a stream has had, so that one like those before is told more quietly.
///
/// A kind is what each opinion added when an episode was at its height, and how high that was. Two
/// are alike by the cosine between them. A motor that starts once a day is news on the first days;
/// a level that shifts on the same stream is a kind of its own and is told in full.
struct AlarmKinds: Equatable, Sendable {
    private static let most = 16
    private static let opinions = Ensemble.opinionCount

    /// What each opinion added, kind after kind; at most 16 kinds.
    private var parts: [Double] = []
    private var sums: [Double] = []
    private var counts: [Double] = []
    /// The kind of the latest episode; -1 before the first.
    private var latest = -1
    private var peak = 0.0
    private var sinceHigh = 1e9

    /// From here on a sum is held against the kinds.
    private static let height = 3.0
    /// From here on it is an episode to be remembered.
    private static let episode = 4.243
    /// After so many lower readings the next is another episode.
    private static let pause = 150.0
    private static let unlike = 0.88
    private static let alike = 0.9284

    /// The factor by which a sum of `added` is to be lowered for being familiar; then learns it.
    mutating func factor(of added: [Double], sum: Double) -> Double {
        sinceHigh = min(sinceHigh + 1, 1e9)
        guard sum >= Self.height else { return 1 }
        var familiarity = 0.0
        var nearest = -1
        var nearness = 0.0
        for kind in counts.indices {
            let likeness = likeness(of: added, to: kind)
            let near = (likeness - Self.unlike) / (Self.alike - Self.unlike)
            let lower = min(1, sums[kind] / (0.95 * sum))
            let times = kind == latest ? max(0, counts[kind] - 1) : counts[kind]
            familiarity += max(0, min(1, near)) * pow(lower, 7.463) * times
            if likeness > nearness { (nearest, nearness) = (kind, likeness) }
        }
        if sum >= Self.episode {
            learn(added, sum, nearest: nearness > Self.alike ? nearest : -1)
            sinceHigh = 0
        }
        return pow(1 + familiarity, -0.5633)
    }

    private func likeness(of added: [Double], to kind: Int) -> Double {
        var product = 0.0
        var here = 1e-24
        var there = 1e-24
        for opinion in 0..<Self.opinions {
            let part = parts[kind * Self.opinions + opinion]
            product += part * added[opinion]
            here += added[opinion] * added[opinion]
            there += part * part
        }
        return product / (here * there).squareRoot()
    }

    private mutating func learn(_ added: [Double], _ sum: Double, nearest: Int) {
        if latest >= 0, sinceHigh <= Self.pause {
            guard sum > peak else { return }
        } else if nearest >= 0 {
            latest = nearest
            counts[nearest] = min(counts[nearest] + 1, 1e6)
        } else {
            latest = place()
            counts[latest] = 1
        }
        peak = sum
        let rate = 1 / min(8, max(1, counts[latest]))
        sums[latest] += rate * (sum - sums[latest])
        for opinion in 0..<Self.opinions {
            let index = latest * Self.opinions + opinion
            parts[index] += rate * (added[opinion] - parts[index])
        }
    }

    /// Where a new kind goes: at the end, or in place of the rarest when there is no room.
    private mutating func place() -> Int {
        guard counts.count >= Self.most else {
            counts.append(1)
            sums.append(0)
            parts.append(contentsOf: repeatElement(0, count: Self.opinions))
            return counts.count - 1
        }
        var rarest = 0
        for kind in counts.indices where counts[kind] < counts[rarest] { rarest = kind }
        for kind in counts.indices { counts[kind] *= 0.9 }
        return rarest
    }
}

extension AlarmKinds {
    var byteCount: Int {
        3 * arrayHeader
            + (parts.capacity + sums.capacity + counts.capacity) * MemoryLayout<Double>.stride
    }

    func save(into writer: inout StateWriter) {
        writer.put(counts)
        writer.put(sums)
        writer.put(parts)
        writer.put(latest)
        writer.put(peak)
        writer.put(sinceHigh)
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        counts = try reader.doubles(limit: Self.most)
        guard counts.allSatisfy({ $0 > 0 && $0 <= 1e6 }) else {
            throw StateError("a kind of episode never was")
        }
        sums = try reader.bounded(counts.count, in: 0...1e3)
        parts = try reader.bounded(counts.count * Self.opinions, in: 0...1e3)
        latest = try reader.int(in: -1...counts.count - 1)
        peak = try reader.finite(in: 0...1e3)
        sinceHigh = try reader.finite(in: 0...1e9)
    }
}
