// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What makes one score of every detector's own measure: the share of readings as strange as this
/// one.
///
/// A detector measures strangeness in its own unit: 0 is as usual as can be, about 1 is ordinary,
/// and more is stranger. This remembers how strange the readings have been and answers with 1 − p,
/// p the probability of one at least as strange: `score` 0.999 is about one reading in 1000 of
/// usual times, whichever detector says it.
///
/// The body is a histogram of 16 bins an octave from 1/16 to 4096, faded so that the last 50 000
/// readings count for most. Beyond the edge of the last 3√n readings (a fifth at most) it is a
/// generalised Pareto fitted to them, as in SPOT (Siffer et al. 2017); where SPOT keeps its peaks,
/// this keeps their bins, so that memory is constant. While few have been seen, a heavy-tailed
/// opinion that stands for eight readings holds it back: nothing is called rarer than the readings
/// seen can bear.
///
/// Faults should not teach that faults are usual: once more than `patience` readings in a row were
/// beyond 0.999, or `reach` times as strange as where the tail begins, the rest of the run counts for
/// a 32nd.
///
/// A look-up and an update add up 32 bins at most; a fit looks at each bin, and comes after an
/// eighth more readings or 4096. About 1.2 KB.
public struct TailScale: Equatable, Sendable {
    /// Weight by bin.
    var counts = [Float](repeating: 0, count: Self.bins)
    /// Weight by sixteen bins.
    var octaves = [Float](repeating: 0, count: Self.bins / Self.binsInOctave)
    /// Weight of all, those below the bins included.
    var total = 0.0
    /// The weight of the next reading; grows, which fades the ones before.
    var unit = 1.0
    var tail: ParetoTail?
    /// How many readings until the next fit.
    var untilFit: Int32 = Self.firstFit
    /// How many readings in a row were far out.
    var run: Int32 = 0

    static let bins = 256
    static let binsInOctave = 16
    static let firstFit: Int32 = 64
    /// The bit pattern of the least edge, 1/16, without the bits below the bin.
    static let firstPattern = (0.0625).bitPattern >> 48
    private static let growth = 1 + 1 / 50_000.0
    private static let opinion = 8.0

    /// Makes a scale that has seen nothing.
    public init() {}

    /// How many readings it has learned from, those that faded counted less.
    public var count: Double { total / unit }

    /// The score of `strangeness`, 0…1; then learns from it.
    ///
    /// What is not a number, or negative, is taken as 0. `patience` is how many readings in a row
    /// may be far out and still count in full; a `reach` below infinity tells far out by distance, too.
    public mutating func score(
        _ strangeness: Double,
        patience: Int32 = 8,
        reach: Double = .infinity
    ) -> Double {
        let rarity = rarity(of: strangeness)
        // Few readings bear no rarity of 0.001; how far out one is can be seen all the same.
        let isFar = rarity < 0.001 || strangeness > reach * (tail?.edge ?? 2)
        learn(strangeness, isFar: isFar, patience: patience)
        return 1 - rarity
    }

    /// The probability of a reading at least as strange, 0…1; learns nothing.
    public func rarity(of strangeness: Double) -> Double {
        guard let bin = Self.bin(of: strangeness) else { return 1 }
        let count = count
        let third = strangeness / 1.5
        let held = Self.opinion / (1 + third * third * third)
        return min(1, (held + count * share(strangeness, bin)) / (Self.opinion + count))
    }

    /// The bin of `strangeness`; nil below the first, the last for all above.
    static func bin(of strangeness: Double) -> Int? {
        guard strangeness >= 0.0625 else { return nil }
        return min(bins - 1, Int((strangeness.bitPattern >> 48) - firstPattern))
    }

    /// Where `bin` begins.
    static func edge(of bin: Int) -> Double {
        Double(bitPattern: (firstPattern + UInt64(bin)) << 48)
    }

    /// The share of readings at least as strange, as seen and fitted.
    private func share(_ strangeness: Double, _ bin: Int) -> Double {
        guard total > 0 else { return 0 }
        var above: Float = 0
        let octave = bin / Self.binsInOctave
        for other in octave + 1..<max(octave + 1, octaves.count) { above += octaves[other] }
        let end = (octave + 1) * Self.binsInOctave
        for other in bin + 1..<max(bin + 1, end) { above += counts[other] }
        if let tail, strangeness > tail.edge {
            // Whatever the fit says, nothing is rarer than the readings out there allow.
            let seen = Double(above + counts[bin]) / unit
            return max(tail.survival(strangeness), (seen - 2 * seen.squareRoot()) / count)
        }
        // The bin's own readings are spread evenly in it, as far as its neighbours bear that out:
        // equal values, as counts and codes are, are all as strange as each other.
        let own = counts[bin]
        let beside = (bin > 0 ? counts[bin - 1] : own) + (bin + 1 < Self.bins ? counts[bin + 1] : 0)
        let spread = min(own, beside)
        let edge = Self.edge(of: bin)
        let part = min(1, (strangeness - edge) / (Self.edge(of: bin + 1) - edge))
        return Double(above + (own - spread) + spread * Float(1 - part)) / total
    }

    private mutating func learn(_ strangeness: Double, isFar: Bool, patience: Int32) {
        run = isFar ? min(run + 1, Int32.max - 1) : 0
        let weight = run > patience ? unit / 32 : unit
        total += weight
        if let bin = Self.bin(of: strangeness) {
            counts[bin] += Float(weight)
            octaves[bin / Self.binsInOctave] += Float(weight)
        }
        unit *= Self.growth
        if unit > 1e12 { rescale() }
        untilFit -= 1
        if untilFit <= 0 { fit() }
    }

    private mutating func rescale() {
        let factor = Float(1 / unit)
        for bin in counts.indices { counts[bin] *= factor }
        for octave in octaves.indices { octaves[octave] *= factor }
        total /= unit
        unit = 1
    }
}
