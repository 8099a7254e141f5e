// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The value of one field of one reading, in the slot its layout gives it.
public enum FieldValue: Equatable, Sendable {
    /// The payload does not carry the field, or carries null.
    case absent
    /// A number.
    case number(Double)
    /// A text.
    case text(String)
    /// A truth value.
    case flag(Bool)
    /// A series of numbers: where it lies in `ReadingBatch.samples`.
    case samples(Range<Int>)
    /// A file as it came, such as a camera's frame: where it lies in `ReadingBatch.bytes`.
    case bytes(Range<Int>)
}
