// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What is wrong with a feature, and where in its text.
public struct FeatureError: Error, Equatable, Sendable {
    /// What is wrong.
    public var message: String
    /// What to do about it.
    public var hint: String?
    /// Which of the features, from 0.
    public var index: Int
    /// Where in its text, in characters from 0.
    public var offset: Int
    /// How many characters.
    public var length: Int

    /// Makes an error.
    public init(
        _ message: String,
        hint: String? = nil,
        index: Int = 0,
        offset: Int,
        length: Int = 1
    ) {
        self.message = message
        self.hint = hint
        self.index = index
        self.offset = offset
        self.length = length
    }
}

/// Why one reading has no features.
public struct FeatureFailure: Error, Equatable, Sendable {
    /// The reason, without any of the reading's values.
    public var reason: String
}
