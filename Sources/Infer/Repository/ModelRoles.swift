// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What a command, or a broken limit, chose for one model while the gateway ran.
///
/// It holds over the operator's word in `sluice.yaml` until that word names other versions: the later
/// word holds.
public struct ModelChoice: Equatable, Sendable {
    /// The operator's words that it was made over, `ModelUse.words`.
    public var over: String
    /// The version that speaks; nil for what the operator's words come to.
    public var version: Int?
    /// The version that spoke before it, which a rollback goes back to.
    public var previous: Int?
    /// Versions that were rolled back, ascending: never `latest` and no canary any more.
    public var refused: [Int]
    /// When it was made, RFC 3339.
    public var time: String
    /// Who made it.
    public var author: Author
    /// Why, for people.
    public var reason: String

    /// Who makes choices.
    public enum Author: String, CaseIterable, Sendable {
        /// A person, by the command.
        case command
        /// The gateway, by a canary's limits.
        case canary
    }

    /// How many refused versions are remembered, the highest ones.
    static let rememberedRefusals = 64

    /// Makes a choice.
    public init(
        over: String,
        version: Int? = nil,
        previous: Int? = nil,
        refused: [Int] = [],
        time: String,
        author: Author,
        reason: String
    ) {
        self.over = over
        self.version = version
        self.previous = previous
        self.refused = Array(Set(refused).sorted().suffix(Self.rememberedRefusals))
        self.time = time
        self.author = author
        self.reason = reason
    }
}

/// The versions of one model by what they do, as words, choices and the folder come to.
public struct ModelRoles: Equatable, Sendable {
    /// The versions that may speak, the preferred one first: the first that loads is the one.
    public var active: [Int]
    /// The version that speaks for some devices.
    public var canary: Int?
    /// The version that runs beside.
    public var shadow: Int?

    /// Works out the roles of the versions `available`, in any order.
    ///
    /// A version that is the canary, the shadow or was rolled back is not `latest`, unless there is no
    /// other. A version that was rolled back, or over which a newer one was promoted, is no canary; one
    /// that speaks already is neither canary nor shadow.
    public init(_ use: ModelUse, choice: ModelChoice?, available: [Int]) {
        let choice = choice.flatMap { $0.over == use.words ? $0 : nil }
        let refused = Set(choice?.refused ?? [])
        let descending = Set(available).sorted(by: >)
        let pinned = choice?.version ?? use.version.number
        var canary = use.canary.flatMap { canary in
            canary.version.number
                ?? descending.first { !refused.contains($0) && $0 > (pinned ?? .max) }
        }
        if let version = canary, refused.contains(version) || version == pinned { canary = nil }
        // A newer version was promoted over it.
        if let version = canary, let chosen = choice?.version, version < chosen { canary = nil }
        let speaks = canary
        var shadow = use.shadow.flatMap { shadow in
            shadow.number ?? descending.first { $0 != pinned && $0 != speaks }
        }
        if shadow == pinned || shadow == canary { shadow = nil }
        if let pinned {
            active = [pinned]
        } else {
            let kept: Set<Int?> = [use.canary?.version.number, canary, shadow]
            let fit = descending.filter { !kept.contains($0) }
            let best = fit.filter { !refused.contains($0) }
            active = best.isEmpty ? (fit.isEmpty ? descending : fit) : best
            if active.first == canary { canary = nil }
            if active.first == shadow { shadow = nil }
        }
        self.canary = canary
        self.shadow = shadow
    }
}

extension ModelUse.Version {
    /// The number; nil for `latest`.
    public var number: Int? {
        guard case .number(let number) = self else { return nil }
        return number
    }
}
