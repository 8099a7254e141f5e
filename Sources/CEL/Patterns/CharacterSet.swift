// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A set of code points that a pattern's instruction accepts.
struct CharacterSet: Sendable, Equatable {
    /// Sorted, without overlap.
    private(set) var ranges: [ClosedRange<UInt32>] = []

    static let highest: UInt32 = 0x10FFFF
    static let everything = CharacterSet([0...highest])
    static let digits = CharacterSet([0x30...0x39])
    static let words = CharacterSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let blanks = CharacterSet([0x09...0x0A, 0x0C...0x0D, 0x20...0x20])

    init(_ ranges: [ClosedRange<UInt32>]) {
        self.ranges = CharacterSet.normalised(ranges)
    }

    init(_ scalar: Unicode.Scalar) {
        ranges = [scalar.value...scalar.value]
    }

    func contains(_ scalar: UInt32) -> Bool {
        if ranges.count <= 4 { return ranges.contains { $0.contains(scalar) } }
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(scalar)
    }

    var inverted: CharacterSet {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= CharacterSet.highest { result.append(next...CharacterSet.highest) }
        return CharacterSet(result)
    }

    func union(_ other: CharacterSet) -> CharacterSet {
        CharacterSet(ranges + other.ranges)
    }

    func removing(_ scalar: UInt32) -> CharacterSet {
        inverted.union(CharacterSet([scalar...scalar])).inverted
    }

    /// The set with the other cases of its letters; a large set only with those of ASCII letters.
    var ignoringCase: CharacterSet { ignoringCase(upTo: 1_024) }

    /// The set with the other cases of its letters, if it has no more code points than `limit`.
    func ignoringCase(upTo limit: Int) -> CharacterSet {
        let isSmall = ranges.reduce(0) { $0 + $1.count } <= limit
        let letters = isSmall ? self : CharacterSet.asciiLetters.intersection(self)
        var result = ranges
        for value in letters.ranges.joined() {
            guard let scalar = Unicode.Scalar(value) else { continue }
            for other in CharacterSet.cases(scalar) {
                result.append(other...other)
            }
        }
        return CharacterSet(result)
    }

    private static let asciiLetters = CharacterSet([0x41...0x5A, 0x61...0x7A])

    private func intersection(_ other: CharacterSet) -> CharacterSet {
        inverted.union(other.inverted).inverted
    }

    private static func cases(_ scalar: Unicode.Scalar) -> [UInt32] {
        let mappings = [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping]
        let direct = mappings.compactMap { mapping in
            let scalars = mapping.unicodeScalars
            return scalars.count == 1 ? scalars.first?.value : nil
        }
        // Some letters have a third form, which only leads to the others and is not led to.
        return direct + ([scalar.value] + direct).flatMap { thirdForms[$0] ?? [] }
    }

    /// By letter, in both cases, what also folds to it (Unicode, CaseFolding.txt, simple folding).
    private static let thirdForms: [UInt32: [UInt32]] = {
        let forms: [(lower: UInt32, upper: UInt32, others: [UInt32])] = [
            (0x6B, 0x4B, [0x212A]), (0x73, 0x53, [0x17F]), (0xE5, 0xC5, [0x212B]),
            (0x3BC, 0x39C, [0xB5]), (0x3C9, 0x3A9, [0x2126]), (0x3B2, 0x392, [0x3D0]),
            (0x3B8, 0x398, [0x3D1, 0x3F4]), (0x3C6, 0x3A6, [0x3D5]), (0x3C0, 0x3A0, [0x3D6]),
            (0x3BA, 0x39A, [0x3F0]), (0x3C1, 0x3A1, [0x3F1]), (0x3B5, 0x395, [0x3F5]),
            (0x3C3, 0x3A3, [0x3C2]), (0x3B9, 0x399, [0x345, 0x1FBE]), (0x1E61, 0x1E60, [0x1E9B]),
            (0xDF, 0x1E9E, []), (0x1C6, 0x1C4, [0x1C5]), (0x1C9, 0x1C7, [0x1C8]),
            (0x1CC, 0x1CA, [0x1CB]), (0x1F3, 0x1F1, [0x1F2]),
        ]
        var result: [UInt32: [UInt32]] = [:]
        for (lower, upper, others) in forms {
            let all = [lower, upper] + others
            for scalar in all {
                result[scalar] = all.filter { $0 != scalar }
            }
        }
        return result
    }()

    private static func normalised(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound + 1 {
                let end = max(last.upperBound, range.upperBound)
                result[result.count - 1] = last.lowerBound...end
            } else {
                result.append(range)
            }
        }
        return result
    }
}
