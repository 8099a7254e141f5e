// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How choices follow from one another; pure.
extension ModelChoice {
    /// When, by whom and why a choice is made.
    public struct Occasion: Sendable {
        /// RFC 3339.
        public var time: String
        /// Who makes it.
        public var author: Author
        /// Why, for people.
        public var reason: String

        /// Makes an occasion.
        public init(time: String, author: Author, reason: String) {
            self.time = time
            self.author = author
            self.reason = reason
        }
    }

    /// What is known of a model when a choice is made.
    public struct State: Sendable {
        /// The operator's words.
        public var use: ModelUse
        /// The choice in force; nil for none.
        public var choice: ModelChoice?
        /// The version that speaks.
        public var active: Int
        /// The version that speaks for some.
        public var canary: Int?
        /// The versions there are.
        public var available: [Int]

        /// Makes a state.
        public init(
            use: ModelUse,
            choice: ModelChoice?,
            active: Int,
            canary: Int?,
            available: [Int]
        ) {
            self.use = use
            self.choice = choice.flatMap { $0.over == use.words ? $0 : nil }
            self.active = active
            self.canary = canary
            self.available = available
        }
    }

    /// Why a choice cannot be made.
    public struct Refusal: Error, Equatable, Sendable {
        /// What is wrong and what to do.
        public var message: String
    }

    /// The choice that lets `version` speak for everybody.
    public static func promotion(
        to version: Int,
        _ state: State,
        on occasion: Occasion
    ) -> ModelChoice {
        let former = state.choice
        let isNew = version != state.active
        return ModelChoice(
            over: state.use.words,
            version: version,
            previous: isNew ? state.active : former?.previous,
            refused: (former?.refused ?? []).filter { $0 != version },
            occasion
        )
    }

    /// The choice that ends the canary or, without one, goes back to the version that spoke before.
    ///
    /// With `target` it goes to that version. What is gone back from gets no other chance until it is
    /// promoted by name, or the operator's words change.
    public static func rollback(
        to target: Int?,
        _ state: State,
        on occasion: Occasion
    ) throws(Refusal) -> ModelChoice {
        let former = state.choice
        var refused = former?.refused ?? []
        if target == nil, let canary = state.canary {
            refused.append(canary)
            return ModelChoice(
                over: state.use.words,
                version: former?.version,
                previous: former?.previous,
                refused: refused,
                occasion
            )
        }
        refused.append(state.active)
        let earlier = state.available.filter { $0 < state.active && !refused.contains($0) }.max()
        guard let version = target ?? former?.previous ?? earlier else {
            throw Refusal(message: "no version spoke before version \(state.active)")
        }
        guard version != state.active else {
            throw Refusal(message: "version \(version) is the one that speaks")
        }
        return ModelChoice(
            over: state.use.words,
            version: version,
            refused: refused.filter { $0 != version },
            occasion
        )
    }

    private init(
        over: String,
        version: Int?,
        previous: Int? = nil,
        refused: [Int],
        _ occasion: Occasion
    ) {
        self.init(
            over: over,
            version: version,
            previous: previous,
            refused: refused,
            time: occasion.time,
            author: occasion.author,
            reason: occasion.reason
        )
    }
}
