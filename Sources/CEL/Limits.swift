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
}

/// What the work of an evaluation costs, in units of about one simple operator.
///
/// Operators on scalars are free at run time: the source bounds how many there are. Metered is what
/// grows with the data: every round of a comprehension, and every walk over text or a list.
enum Cost {
    /// One round of a comprehension, besides the nodes of its body.
    static let round = 2
    /// One node of a comprehension's body, in every round.
    static let node = 1
    /// A walk over a value of this extent; see ``Value/extent``.
    static func walk(_ extent: Int) -> Int { extent + 1 }
    /// Matching text of so many bytes against so many instructions.
    static func match(bytes: Int, instructions: Int) -> Int {
        let (product, overflows) = (bytes + 1).multipliedReportingOverflow(by: instructions)
        return overflows ? Int.max / 2 : product / 8 + 1
    }
    /// Compiling a pattern that is known only at run time.
    static func pattern(length: Int) -> Int { 64 + length * 64 }
}
