// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Which lines of a batch go out next, so that the one that a store refuses is found by halving.
///
/// A batch that is refused as a whole is sent again as two halves, the first one first, down to the
/// single line that is to blame: about 2·log₂ n calls for one such line. A store that refuses line
/// after line and accepts none is taken to be wrong itself: then nothing is blamed on the lines. Pure:
/// replies go in, ranges come out.
struct Bisection {
    /// How a call ended.
    enum Reply {
        /// All of it is stored.
        case stored
        /// What became of each line.
        case each([SinkOutcome])
        /// Something in it is refused, and it does not say what.
        case refused(String)
        /// Nothing is known to be stored, for no fault of the lines.
        case failed(SinkOutcome)
    }

    /// Refusals without one acceptance, from which on the store is taken to be wrong.
    private static let doubt = 16

    /// What became of each line so far; nil while that is not known.
    private(set) var outcomes: [SinkOutcome?]
    private let streams: [String]
    // What is still to be sent, the next one last.
    private var ranges: [Range<Int>]
    private var barred: Set<String> = []
    private var refusals = 0
    private var hasStored = false

    /// Begins with all lines, whose order is kept inside each stream.
    init(streams: [String]) {
        self.streams = streams
        outcomes = Array(repeating: nil, count: streams.count)
        ranges = streams.isEmpty ? [] : [0..<streams.count]
    }

    /// The places of the lines of the next call; nil when every line has its outcome.
    mutating func next() -> [Int]? {
        while let range = ranges.last {
            var places: [Int] = []
            for place in range where outcomes[place] == nil {
                if barred.contains(streams[place]) {
                    outcomes[place] = .held
                } else {
                    places.append(place)
                }
            }
            if !places.isEmpty { return places }
            ranges.removeLast()
        }
        return nil
    }

    /// Takes the reply to the call with `places`.
    mutating func take(_ reply: Reply, for places: [Int]) {
        guard let range = ranges.popLast() else { return }
        switch reply {
        case .stored:
            hasStored = true
            for place in places { outcomes[place] = .stored }
        case .each(let all) where all.count == places.count:
            for (place, outcome) in zip(places, all) { settle(place, outcome) }
        case .each:
            fail(.failed("it answered for another number of lines than were sent"))
        case .refused(let reason):
            guard places.count > 1 else {
                refusals += 1
                for place in places { settle(place, .refused(reason)) }
                return doubtStore(reason)
            }
            let middle = places[places.count / 2]
            ranges.append(middle..<range.upperBound)
            ranges.append(range.lowerBound..<middle)
        case .failed(let outcome):
            fail(outcome)
        }
    }

    private mutating func settle(_ place: Int, _ outcome: SinkOutcome) {
        // The store may have kept a line behind one that it refused: repeats are recognised by key.
        if outcome == .stored {
            hasStored = true
        } else {
            barred.insert(streams[place])
        }
        outcomes[place] = outcome
    }

    private mutating func doubtStore(_ reason: String) {
        guard refusals >= Self.doubt, !hasStored else { return }
        let outcome = SinkOutcome.failed("it refuses every line: \(reason)")
        for place in outcomes.indices {
            if case .refused = outcomes[place] { outcomes[place] = outcome }
        }
        fail(outcome)
    }

    /// What is not settled ends so.
    private mutating func fail(_ outcome: SinkOutcome) {
        for place in outcomes.indices where outcomes[place] == nil { outcomes[place] = outcome }
        ranges = []
    }
}
