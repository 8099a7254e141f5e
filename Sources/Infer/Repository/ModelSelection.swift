// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Which versions of a repository are loaded, and from whom they are taken.
public struct ModelSelection: Sendable {
    /// The operator's words by model; models without any run in their latest version.
    public var uses: [String: ModelUse]
    /// What was chosen at run time.
    public var choices: ModelChoices
    /// Versions that are loaded beside those with a role, because a policy names them.
    public var named: Set<ModelReference>
    /// Whom models are taken from.
    public var trust: ModelTrust
    /// What is loaded already; versions that have not changed are taken over as they are.
    public var former: CoreEngine?
    /// Versions that changed within this time before `now` are still being written, and left out.
    ///
    /// Nil at a start, when there is nothing to fall back to.
    public var quiet: Interval?
    /// The time.
    public var now: WallTime
    /// The versions that go on speaking, by model, whatever else could be had.
    public var held: [String: Int] = [:]
    /// The models that are loaded at all; nil for every one there is.
    public var wanted: Set<String>?

    /// Selects the latest version of everything.
    public init(
        uses: [String: ModelUse] = [:],
        choices: ModelChoices = ModelChoices(),
        named: Set<ModelReference> = [],
        trust: ModelTrust = ModelTrust(),
        former: CoreEngine? = nil,
        quiet: Interval? = nil,
        now: WallTime = WallTime(nanoseconds: 0)
    ) {
        self.uses = uses
        self.choices = choices
        self.named = named
        self.trust = trust
        self.former = former
        self.quiet = quiet
        self.now = now
    }

    /// The versions among `texts`, names as policies give them, that are pinned: `name/version`.
    public static func pinned(_ texts: some Sequence<String>) -> Set<ModelReference> {
        Set(texts.compactMap { ModelReference(pinned: $0) })
    }
}

extension ModelReference {
    /// The name of the model that `text` names as policies do, with or without its version.
    public static func modelName(_ text: String) -> String {
        ModelReference(pinned: text)?.name ?? text
    }

    /// The version that `text` pins, `name/version`; nil for a name alone.
    init?(pinned text: String) {
        guard let slash = text.lastIndex(of: "/") else { return nil }
        self.init(
            name: String(text[..<slash]),
            version: String(text[text.index(after: slash)...])
        )
    }
}

/// What became of loading a repository.
public struct ModelLoading: Sendable {
    /// A version that has a role, or might have, and was not loaded.
    public struct LeftOut: Sendable {
        /// Which one.
        public var reference: ModelReference
        /// Its folder.
        public var path: String
        /// Why, in a sentence.
        public var reason: String
        /// How its folder looked.
        public var stamp: FolderStamp
        /// True when somebody was still writing to it.
        public var isUnfinished: Bool
    }

    /// The models; nil when one that must be there is not.
    public var engine: CoreEngine?
    /// The names of all models in the repository, loaded or not.
    public var names: [String]
    /// Every problem of every version that was looked at.
    public var diagnostics: [Diagnostic]
    /// The versions that were left out.
    public var leftOut: [LeftOut]
}
