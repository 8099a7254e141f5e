// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A regular expression as a tree.
indirect enum PatternNode: Sendable {
    case empty
    case set(CharacterSet)
    case assertion(PatternAssertion)
    case sequence([PatternNode])
    case choice([PatternNode])
    /// `maximum` nil: without bound.
    case repetition(PatternNode, minimum: Int, maximum: Int?)
}

/// What must hold between two code points.
enum PatternAssertion: Sendable {
    case textStart
    case textEnd
    case lineStart
    case lineEnd
    case wordBoundary
    case notWordBoundary

    func holds(before: UInt32?, after: UInt32?) -> Bool {
        switch self {
        case .textStart: before == nil
        case .textEnd: after == nil
        case .lineStart: before == nil || before == 0x0A
        case .lineEnd: after == nil || after == 0x0A
        case .wordBoundary: isBoundary(before, after)
        case .notWordBoundary: !isBoundary(before, after)
        }
    }

    private func isBoundary(_ before: UInt32?, _ after: UInt32?) -> Bool {
        let isWord = { (scalar: UInt32?) in scalar.map(CharacterSet.words.contains) ?? false }
        return isWord(before) != isWord(after)
    }
}
