// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How ONNX Runtime runs a model.
public struct SessionSettings: Equatable, Sendable {
    /// How far the runtime rewrites a model before it runs it.
    public enum Optimization: String, CaseIterable, Sendable {
        /// Everything it knows.
        case all
        /// Also what it does for one execution provider.
        case extended
        /// Only what leaves the same numbers everywhere.
        case basic
        /// Nothing.
        case none
    }

    /// How many threads one run uses; lanes are the parallelism, so 1 unless a model is large.
    public var threads: Int
    /// How far the model is rewritten.
    public var optimization: Optimization
    /// What runs it: `cpu`, or another execution provider that the library was built with.
    public var provider: String

    /// Makes settings; everything has a default.
    public init(threads: Int = 1, optimization: Optimization = .all, provider: String = "cpu") {
        self.threads = threads
        self.optimization = optimization
        self.provider = provider
    }
}
