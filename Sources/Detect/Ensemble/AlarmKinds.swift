// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

/// The kinds of episodes a stream has had, so that one like those before is told more quietly.
///
/// A kind is what each opinion added when an episode was at its height, the same at its beginning, and
/// how high it was. Two are alike by the cosine between them. A motor that starts once a day is news
/// on the first days; a level that shifts on the same stream is a kind of its own and is told in full.
/// Where readings come more often than once a minute, an episode is many readings long: it is known
/// by its beginning as well, and what began like a kind stays that kind as long as it is no higher.
struct AlarmKinds: Equatable, Sendable {
    private static let most = 16
    private static let opinions = Ensemble.opinionCount

    /// What each opinion added at the height, kind after kind; at most 16 kinds.
    private var heights: [Float] = []
    /// The same at the beginning.
    private var onsets: [Float] = []
    private var sums: [Double] = []
    private var counts: [Double] = []
    /// The kind of the latest episode; -1 before the first.
    private var latest = -1
    private var peak = 0.0
    private var sinceHigh = 1e9
    /// The kind that this episode has been most like, and how often there was one; -1 for none.
    private var model = -1
    private var modelTimes = 0.0

    /// From here on a sum is held against the kinds.
    private static let height = 3.0
    /// From here on it is an episode to be remembered.
    private static let episode = 5.0
    /// After so many lower readings the next is another episode.
    private static let pause = 100.0
    /// Below this cosine two are not alike, and above the other they are the same.
    private static let unlike = 0.9
    private static let alike = 0.95
    /// The first of them where readings come more often than once a minute.
    private static let unlikeFast = 0.8

    /// What the kinds know of a sum.
    private struct Match {
        /// How often something like it was there, weighted by how like it and how high.
        var familiarity = 0.0
        var nearest = -1
        var nearness = 0.0
        /// How often the nearest was there.
        var times = 0.0
    }

    /// The factor by which a sum of `added` is to be lowered for being familiar; then learns it.
    mutating func factor(of added: [Double], sum: Double, isFast: Bool) -> Double {
        sinceHigh = min(sinceHigh + 1, 1e9)
        guard sum >= Self.height else { return 1 }
        let match = match(added, sum, isFast: isFast)
        var familiarity = match.familiarity
        if isFast, model >= 0, sinceHigh <= Self.pause {
            familiarity = max(familiarity, modelTimes * share(of: model, in: sum))
        }
        if sum >= Self.episode {
            learn(added, sum, match)
            sinceHigh = 0
        }
        return 1 / (1 + familiarity).squareRoot()
    }

    private func match(_ added: [Double], _ sum: Double, isFast: Bool) -> Match {
        let unlike = isFast ? Self.unlikeFast : Self.unlike
        var match = Match()
        for kind in counts.indices {
            var likeness = likeness(of: added, to: heights, kind)
            if isFast { likeness = max(likeness, self.likeness(of: added, to: onsets, kind)) }
            let near = max(0, min(1, (likeness - unlike) / (Self.alike - unlike)))
            let times = near * (kind == latest ? max(0, counts[kind] - 1) : counts[kind])
            match.familiarity += times * share(of: kind, in: sum)
            if likeness > match.nearness {
                (match.nearest, match.nearness, match.times) = (kind, likeness, times)
            }
        }
        return match
    }

    /// How much a kind says of a sum that is higher than it was, 0…1.
    private func share(of kind: Int, in sum: Double) -> Double {
        let lower = min(1, sums[kind] / sum)
        return lower * lower
    }

    private func likeness(of added: [Double], to parts: [Float], _ kind: Int) -> Double {
        var product = 0.0
        var here = 1e-24
        var there = 1e-24
        for opinion in 0..<Self.opinions {
            let part = Double(parts[kind * Self.opinions + opinion])
            product += part * added[opinion]
            here += added[opinion] * added[opinion]
            there += part * part
        }
        return product / (here * there).squareRoot()
    }

    private mutating func learn(_ added: [Double], _ sum: Double, _ match: Match) {
        let isNew = latest < 0 || sinceHigh > Self.pause
        if isNew {
            begin(match)
            draw(&onsets, towards: added)
        }
        if isNew || sum > peak {
            peak = sum
            sums[latest] += rate * (sum - sums[latest])
            draw(&heights, towards: added)
        }
        if match.times > modelTimes, sums[match.nearest] >= 0.7 * sum {
            (model, modelTimes) = (match.nearest, match.times)
        }
    }

    /// Begins an episode: of the kind that is nearest, if it is near enough, or of a new one.
    private mutating func begin(_ match: Match) {
        (model, modelTimes) = (-1, 0)
        if match.nearness > Self.alike {
            latest = match.nearest
            counts[latest] = min(counts[latest] + 1, 1e6)
        } else {
            latest = place()
            counts[latest] = 1
        }
    }

    /// How much an episode teaches about its kind.
    private var rate: Double { 1 / min(8, max(1, counts[latest])) }

    private func draw(_ parts: inout [Float], towards added: [Double]) {
        let rate = Float(rate)
        for opinion in 0..<Self.opinions {
            let index = latest * Self.opinions + opinion
            parts[index] += rate * (Float(added[opinion]) - parts[index])
        }
    }

    /// Where a new kind goes: at the end, or in place of the rarest when there is no room.
    private mutating func place() -> Int {
        guard counts.count >= Self.most else {
            counts.append(1)
            sums.append(0)
            heights.append(contentsOf: repeatElement(0, count: Self.opinions))
            onsets.append(contentsOf: repeatElement(0, count: Self.opinions))
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
        4 * arrayHeader + (sums.capacity + counts.capacity) * MemoryLayout<Double>.stride
            + (heights.capacity + onsets.capacity) * MemoryLayout<Float>.stride
    }

    func save(into writer: inout StateWriter) {
        writer.put(counts)
        writer.put(sums)
        writer.put(heights)
        writer.put(onsets)
        for place in [latest, model] { writer.put(place) }
        for number in [peak, sinceHigh, modelTimes] { writer.put(number) }
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        counts = try reader.doubles(limit: Self.most)
        guard counts.allSatisfy({ $0 > 0 && $0 <= 1e6 }) else {
            throw StateError("a kind of episode never was")
        }
        sums = try reader.bounded(counts.count, in: 0...1e3)
        heights = try Self.parts(&reader, counts.count)
        onsets = try Self.parts(&reader, counts.count)
        latest = try reader.int(in: -1...counts.count - 1)
        model = try reader.int(in: -1...counts.count - 1)
        peak = try reader.finite(in: 0...1e3)
        sinceHigh = try reader.finite(in: 0...1e9)
        modelTimes = try reader.finite(in: 0...1e6)
    }

    private static func parts(
        _ reader: inout StateReader,
        _ kinds: Int
    ) throws(StateError) -> [Float] {
        let parts = try reader.floats(limit: kinds * opinions)
        guard parts.count == kinds * opinions, parts.allSatisfy({ $0 >= 0 && $0 <= 1e3 }) else {
            throw StateError("a kind of episode has other opinions")
        }
        return parts
    }
}
