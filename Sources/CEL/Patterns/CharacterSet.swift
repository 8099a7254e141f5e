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
    var ignoringCase: CharacterSet {
        let isSmall = ranges.reduce(0) { $0 + $1.count } <= 1_024
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
        [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping].compactMap {
            let scalars = $0.unicodeScalars
            return scalars.count == 1 ? scalars.first?.value : nil
        }
    }

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
