// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Which versions of one model do what, in the operator's words: one entry of `models: use:`.
public struct ModelUse: Equatable, Sendable {
    /// A version by its number, or the highest there is.
    public enum Version: Equatable, Sendable, CustomStringConvertible {
        /// The highest number in the repository.
        case latest
        /// This one.
        case number(Int)

        /// As it is written: `latest`, or the number.
        public var description: String {
            switch self {
            case .latest: "latest"
            case .number(let number): String(number)
            }
        }
    }

    /// A version that speaks for a part of the devices.
    public struct Canary: Equatable, Sendable {
        /// Which version.
        public var version: Version
        /// The part of the devices, 0…1.
        public var share: Double
        /// How long a run may take before it is counted as slow; nil where nothing is said.
        public var latency: Interval?

        /// Makes a canary.
        public init(version: Version, share: Double, latency: Interval? = nil) {
            self.version = version
            self.share = share
            self.latency = latency
        }
    }

    /// The version that speaks.
    public var version: Version
    /// The version that speaks for some devices instead; nil for none.
    public var canary: Canary?
    /// The version that runs beside and decides nothing; nil for none.
    public var shadow: Version?

    /// Makes a use; without arguments, that of a model nobody says anything about.
    public init(version: Version = .latest, canary: Canary? = nil, shadow: Version? = nil) {
        self.version = version
        self.canary = canary
        self.shadow = shadow
    }

    /// What a choice made at run time remembers having been made over.
    ///
    /// Versions only: another share or limit is no other word on which version does what.
    public var words: String {
        var words = "version \(version)"
        if let canary { words += ", canary \(canary.version)" }
        if let shadow { words += ", shadow \(shadow)" }
        return words
    }
}
