// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The bounds within which any source and any data can be compiled and evaluated.
public enum Limits {
    /// The longest source, in Unicode scalars.
    public static let sourceLength = 32_768
    /// The deepest nesting of expressions.
    public static let depth = 160
    /// How many problems one compilation reports.
    public static let problems = 20
    /// What one evaluation may cost unless its frame says otherwise; see ``Cost``.
    public static let cost = 1_000_000
    /// The longest regular expression, in Unicode scalars.
    public static let patternLength = 2_000
    /// The most instructions a regular expression may become.
    public static let patternInstructions = 20_000
    /// The most elements and blocks of text inside a value that is compared or shown.
    public static let valueExtent = 1_000_000
}
