// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What was seen of one field on one topic.
struct FieldTally {
    private(set) var counts: [SurveyReport.Kind: Int] = [:]
    private(set) var minimum = Double.infinity
    private(set) var maximum = -Double.infinity
    private(set) var isWhole = true
    private(set) var length = 0
    private(set) var examples: [String] = []
    /// How often a text was another than the one before.
    private(set) var textChanges = 0
    /// Steps from one number to the next: all of them, those by one, and those down.
    private(set) var steps = 0
    private(set) var stepsByOne = 0
    private(set) var stepsDown = 0
    /// How often it could be a time, by unit, and how far ahead of ours it then was.
    private(set) var times: [String: Int] = [:]
    private(set) var ahead: [Double] = []
    private(set) var last: Double?
    private var lastText: String?

    /// How many clock differences are kept: the first ones say enough.
    private static let aheadLimit = 256

    var count: Int { counts.values.reduce(0, +) }

    mutating func take(number: Double, at now: Double?) {
        counts[.number, default: 0] += 1
        widen(number)
        isWhole = isWhole && number == number.rounded()
        if let last {
            steps += 1
            if number == last + 1 { stepsByOne += 1 }
            if number < last { stepsDown += 1 }
        }
        last = number
        if let now, let unit = TimeGuess.unit(of: number, now: now) {
            take(time: number * (TimeGuess.seconds[unit] ?? 1), unit: unit, now)
        }
    }

    mutating func take(text: String, at now: Double?, limits: SurveyLimits) {
        counts[.text, default: 0] += 1
        if let lastText, lastText != text { textChanges += 1 }
        lastText = text
        let shown = String(text.prefix(limits.text))
        if examples.count < limits.examples, !examples.contains(shown) { examples.append(shown) }
        if let now, let seconds = TimeGuess.seconds(ofRFC3339: text) {
            take(time: seconds, unit: "rfc3339", now)
        }
    }

    mutating func take(samples: [Double]) {
        counts[.samples, default: 0] += 1
        length = max(length, samples.count)
        for number in samples { widen(number) }
    }

    mutating func take(_ kind: SurveyReport.Kind) {
        counts[kind, default: 0] += 1
    }

    /// Takes in what was seen of the field on another topic.
    mutating func merge(_ other: FieldTally, limits: SurveyLimits) {
        counts.merge(other.counts, uniquingKeysWith: +)
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
        isWhole = isWhole && other.isWhole
        length = max(length, other.length)
        for text in other.examples where !examples.contains(text) {
            if examples.count < limits.examples { examples.append(text) }
        }
        textChanges += other.textChanges
        steps += other.steps
        stepsByOne += other.stepsByOne
        stepsDown += other.stepsDown
        times.merge(other.times, uniquingKeysWith: +)
        ahead += other.ahead.prefix(max(0, 4 * Self.aheadLimit - ahead.count))
    }

    private mutating func widen(_ number: Double) {
        minimum = min(minimum, number)
        maximum = max(maximum, number)
    }

    private mutating func take(time: Double, unit: String, _ now: Double) {
        times[unit, default: 0] += 1
        if ahead.count < Self.aheadLimit { ahead.append(time - now) }
    }
}
