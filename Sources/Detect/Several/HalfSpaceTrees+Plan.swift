// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension HalfSpaceTrees {
    /// The trees, and the constants worked out from the settings.
    public struct Plan: Sendable {
        let fields: Int
        let scale: RobustScale.Plan
        let trees: Int
        let depth: Int
        /// The field and the place of each cut, tree after tree, in the order of a heap.
        let cuts: [Cut]

        struct Cut: Sendable {
            var field: Int
            var place: Double
        }

        /// How many nodes a tree has, its leaves included; the first is not used.
        var nodes: Int { 2 << depth }

        /// Makes the trees for readings of `fields` fields, at least one.
        public init(_ settings: Settings, fields: Int) {
            self.fields = max(1, fields)
            trees = max(1, min(settings.trees, 64))
            depth = max(2, min(settings.depth, 10))
            scale = RobustScale.Plan(
                halfLife: settings.halfLife,
                warmUp: 30,
                clip: 3,
                leastScale: settings.leastScale
            )
            var seed = Seed()
            var cuts: [Cut] = []
            for _ in 0..<trees { Self.grow(self.fields, depth, &seed, &cuts) }
            self.cuts = cuts
        }

        private static func grow(
            _ fields: Int,
            _ depth: Int,
            _ seed: inout Seed,
            _ cuts: inout [Cut]
        ) {
            // A field's range is drawn around ±4 standard deviations, so that trees cut at
            // different places.
            var ranges: [[(Double, Double)]] = [[], []]
            ranges[1] = (0..<fields).map { _ in
                let middle = seed.next() * 8 - 4
                let reach = max(middle + 4, 4 - middle)
                return (middle - reach, middle + reach)
            }
            cuts.append(Cut(field: 0, place: 0))
            for node in 1..<(1 << depth) {
                let range = ranges[node]
                let field = min(fields - 1, Int(seed.next() * Double(fields)))
                let place = (range[field].0 + range[field].1) / 2
                cuts.append(Cut(field: field, place: place))
                var (left, right) = (range, range)
                left[field].1 = place
                right[field].0 = place
                // Children come in the order of a heap: 2n and 2n + 1.
                ranges += [left, right]
            }
        }
    }
}

/// Numbers in 0..<1, the same on every machine: SplitMix64 (Steele, Lea and Flood 2014).
private struct Seed {
    private var state: UInt64 = 0x51_1C_E0_2A

    mutating func next() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((word ^ (word >> 31)) >> 11) / Double(1 << 53)
    }
}
