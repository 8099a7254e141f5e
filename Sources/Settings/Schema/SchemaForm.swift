// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What a value of a settings file may be, as a JSON Schema says it.
public indirect enum SchemaForm: Sendable {
    /// Nothing: a key that is known only to be refused with a reason.
    case never
    /// Anything.
    case any
    /// A text; `pattern` is a regular expression (ECMA-262) that all of it matches.
    case text(pattern: String? = nil)
    /// A CEL expression; `true` and `false` are such.
    case expression
    /// One of these words.
    case words([String])
    /// The word, of all that the key may be, that the mapping around it is for.
    case tag(String, of: [String])
    /// A whole number.
    case integer(ClosedRange<Int>)
    /// A number.
    case number(
        ClosedRange<Double> = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    )
    /// A part of a whole, `10%` or `0.1`.
    case fraction
    /// A length of time with its unit.
    case duration
    /// A number of bytes with its unit.
    case size
    /// A length of time or a number of bytes from the first to the second, as they would be written; nil where
    /// nobody would come near the most.
    case within(String, String?, SchemaForm)
    /// `true` or `false`.
    case flag
    /// A mapping with these keys and no others.
    case object([SchemaKey])
    /// A mapping whose keys are names the user chooses.
    case named(SchemaForm)
    /// A list.
    case list(SchemaForm)
    /// Any of several forms.
    case either([SchemaForm])
}

/// One key of a mapping, with what editors show of it.
public struct SchemaKey: Sendable {
    /// The key.
    public let name: String
    /// What it wants.
    public let form: SchemaForm
    /// What it is for, in a sentence.
    public let about: String
    /// True when the file is refused without it.
    public let isRequired: Bool
    /// What holds without it, as it would be written; nil where nothing does.
    public let fallback: String?

    /// Makes a key.
    public init(
        _ name: String,
        _ form: SchemaForm,
        _ about: String,
        isRequired: Bool = false,
        default fallback: String? = nil
    ) {
        self.name = name
        self.form = form
        self.about = about
        self.isRequired = isRequired
        self.fallback = fallback
    }
}
