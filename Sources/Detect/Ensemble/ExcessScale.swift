// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Says how far a statistic is beyond its own usual high level, in units that all statistics share.
///
/// A histogram over logarithms, eight bins an octave, of every magnitude so far. The excess is the
/// distance beyond the level that three readings in a hundred exceed, divided by the mean excess of
/// those: e^−excess is the share of them that lie as far out if the tail is a Pareto's (B. M. Hill,
/// "A simple general approach to inference about the tail of a distribution", Annals of Statistics
/// 3(5), 1975). A second level, of one reading in two hundred, holds the first back where rare but
/// regular peaks make the tail a hill of its own. 60 000 readings are remembered whole; then all
/// counts are halved, so that a stream that has become another one is learned anew.
struct ExcessScale: Equatable, Sendable {
    static let bins = 160
    private static let lowestExponent = -10.0
    private static let binsAnOctave = 8.0

    private var counts: [UInt16] = Array(repeating: 0, count: bins)
    private var total: Int32 = 0
    private var sinceFit: Int32 = 0
    private var usual = Level()
    private var rare = Level()

    /// A height, in bins, and how far beyond it on average what exceeds it lies.
    private struct Level: Equatable, Sendable {
        var edge = 1e9
        var meanExcess = 1.0
    }

    /// How far `magnitude` is out, 0 or more; nothing can be said of the first ten.
    mutating func excess(of magnitude: Double) -> Double {
        guard total >= 10 else { return 0 }
        if sinceFit >= (total < 300 ? 4 : total < 1500 ? 16 : 64) { fit() }
        let place = Self.place(of: magnitude)
        guard place > usual.edge else { return 0 }
        let first = (place - usual.edge) / usual.meanExcess
        let second = (place - rare.edge) / rare.meanExcess
        return max(0, min(first, Self.headStart + (second > 0 ? second : 0.3 * second)))
    }

    /// How many excesses the rare level is granted to lie beyond the usual one.
    private static let headStart = 3.0

    /// Learns a magnitude.
    mutating func count(_ magnitude: Double) {
        counts[magnitude > 0 ? max(0, min(Self.bins - 1, Int(Self.place(of: magnitude)))) : 0] += 1
        total += 1
        sinceFit += 1
        guard total >= 60_000 else { return }
        total = 0
        for bin in counts.indices {
            counts[bin] = (counts[bin] + 1) / 2
            total += Int32(counts[bin])
        }
    }

    private mutating func fit() {
        usual = level(exceededBy: max(20, 0.03 * Double(total)))
        rare = level(exceededBy: max(5, 0.005 * Double(total)))
        sinceFit = 0
    }

    private func level(exceededBy wanted: Double) -> Level {
        var bin = Self.bins - 1
        var reached = Double(counts[bin])
        while reached < wanted, bin > 0 {
            bin -= 1
            reached += Double(counts[bin])
        }
        let here = Double(counts[bin])
        let beyond = reached - here
        let edge = Double(bin + 1) - (here > 0 ? min(1, (wanted - beyond) / here) : 0)
        var sum = 0.0
        for other in bin + 1..<max(bin + 1, Self.bins) {
            sum += Double(counts[other]) * (Double(other) + 0.5 - edge)
        }
        // As of two more readings, so that three peaks do not make a law.
        let meanExcess = (sum + 2 * Self.expectedExcess) / (beyond + 2)
        return Level(edge: edge, meanExcess: max(0.5, meanExcess))
    }

    private static let expectedExcess = 2.0

    /// Where a magnitude lies, in bins: 8 (log2 m + 10), by a polynomial so that it is the same
    /// number on every machine.
    private static func place(of magnitude: Double) -> Double {
        let bits = max(1e-6, min(magnitude, 1e9)).bitPattern
        let exponent = Double(Int(bits >> 52) - 1023)
        let part = Double(bitPattern: bits & 0xF_FFFF_FFFF_FFFF | 0x3FF0_0000_0000_0000) - 1
        var log = 0.2415 + part * (-0.1300 + part * 0.0368)
        log = part * (1.442695 + part * (-0.7211 + part * (0.4778 + part * (-0.3473 + part * log))))
        return (exponent + log - lowestExponent) * binsAnOctave
    }
}

extension ExcessScale {
    var byteCount: Int { arrayHeader + counts.count * MemoryLayout<UInt16>.stride }

    /// Writes the histogram without its empty ends.
    func save(into writer: inout StateWriter) {
        let first = counts.firstIndex { $0 > 0 } ?? 0
        let end = (counts.lastIndex { $0 > 0 } ?? -1) + 1
        writer.put(first)
        writer.put(max(0, end - first))
        writer.put(Array(counts[min(first, end)..<end]))
        writer.put(Int(sinceFit))
        for level in [usual, rare] {
            writer.put(level.edge)
            writer.put(level.meanExcess)
        }
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        let first = try reader.int(in: 0...Self.bins - 1)
        let used = try reader.shorts(try reader.int(in: 0...Self.bins - first))
        counts.replaceSubrange(first..<first + used.count, with: used)
        let sum = counts.reduce(0) { $0 + Int($1) }
        guard sum < 60_000 else { throw StateError("a scale has counted too much") }
        total = Int32(sum)
        sinceFit = Int32(try reader.int(in: 0...60_000))
        usual = try Self.level(&reader)
        rare = try Self.level(&reader)
    }

    private static func level(_ reader: inout StateReader) throws(StateError) -> Level {
        Level(
            edge: try reader.finite(in: -1e9...1e9),
            meanExcess: try reader.finite(in: 0.5...1e6)
        )
    }
}
