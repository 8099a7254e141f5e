// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Which requests were answered, which are being worked on, and who waits for them.
///
/// Bounded in answers and bytes; the oldest go first. Pure: what happens goes in, what to do comes out.
struct AnswerShelf<Waiter> {
    /// What a request with a key finds.
    enum Claim {
        /// Nobody has asked that before: work it out, then `finish` or `fail`.
        case workItOut
        /// It was answered.
        case answered(KeptAnswer)
        /// The first that asked is being worked on; the waiter is told what it came to.
        case wait
    }

    let maximumAnswers: Int
    let maximumBytes: Int
    private var kept: [String: KeptAnswer] = [:]
    /// The keys in the order of their answers; those before `oldest` are gone.
    private var order: [String] = []
    private var oldest = 0
    /// Who waits for what is being worked on.
    private var underWay: [String: [Waiter]] = [:]
    private(set) var bytes = 0

    var count: Int { kept.count }

    init(maximumAnswers: Int, maximumBytes: Int) {
        self.maximumAnswers = maximumAnswers
        self.maximumBytes = maximumBytes
    }

    /// A request asks; its key tells it from every other request.
    mutating func claim(_ key: String, waiter: Waiter) -> Claim {
        if let answer = kept[key] {
            return .answered(answer)
        }
        guard underWay[key] != nil else {
            underWay[key] = []
            return .workItOut
        }
        underWay[key]?.append(waiter)
        return .wait
    }

    /// What was being worked on is answered; who waits for that.
    mutating func finish(_ key: String, _ answer: KeptAnswer) -> [Waiter] {
        let waiters = underWay.removeValue(forKey: key) ?? []
        keep(key, answer)
        return waiters
    }

    /// What was being worked on has no answer worth keeping; who waited, to try by themselves.
    mutating func fail(_ key: String) -> [Waiter] {
        underWay.removeValue(forKey: key) ?? []
    }

    /// Puts an answer on the shelf, unless it alone would be too much.
    mutating func keep(_ key: String, _ answer: KeptAnswer) {
        guard answer.size <= maximumBytes, maximumAnswers > 0, kept[key] == nil else { return }
        kept[key] = answer
        order.append(key)
        bytes += answer.size
        while kept.count > maximumAnswers || bytes > maximumBytes, oldest < order.count {
            bytes -= kept.removeValue(forKey: order[oldest])?.size ?? 0
            oldest += 1
        }
        if oldest > 1_024, oldest > order.count / 2 {
            order.removeFirst(oldest)
            oldest = 0
        }
    }
}

/// An answer that was given, and to what.
struct KeptAnswer: Equatable, Sendable {
    /// A digest of the request.
    var request: [UInt8]
    /// The body of the answer, which was a success.
    var body: [UInt8]

    var size: Int { request.count + body.count + 128 }
}
