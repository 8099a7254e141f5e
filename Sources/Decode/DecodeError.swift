// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Why a payload did not decode: the reason it becomes a dead letter.
public struct DecodeError: Error, Equatable, Sendable {
    /// The kinds of fault; a closed list, because dead letters are counted by it.
    public enum Code: String, CaseIterable, Codable, Sendable {
        /// The payload has no bytes, or only white space.
        case empty
        /// The payload is larger than the limit.
        case tooLarge = "too_large"
        /// The text is not JSON.
        case syntax
        /// The bytes are no whole number of samples, or one of them is no number.
        case samples
        /// A text that should hold a file is not Base64.
        case base64
        /// The bytes are not UTF-8, or an escape names half a character.
        case encoding
        /// Arrays and objects are nested deeper than the limit.
        case tooDeep = "too_deep"
        /// A number is beyond what a double holds, or written with too many digits.
        case numberRange = "number_range"
        /// An object has a member twice.
        case duplicateMember = "duplicate_member"
        /// A value is of another kind than the policy says.
        case wrongKind = "wrong_kind"
        /// A required field is not there.
        case missing
        /// The device's time cannot be read.
        case time
        /// The device's counter cannot be read.
        case sequence
        /// The device's identity is not there or cannot be used.
        case device
        /// There are more readings, or more values, than the limit.
        case tooMany = "too_many"
    }

    /// The kind of fault.
    public var code: Code
    /// What is wrong, one sentence without a full stop; names of the policy's, never payload contents.
    public var message: String
    /// Where in the payload, in bytes from 0.
    public var offset: Int

    /// Makes an error.
    public init(code: Code, message: String, offset: Int) {
        self.code = code
        self.message = message
        self.offset = offset
    }
}

extension DecodeError: CustomStringConvertible {
    /// The message and the place.
    public var description: String { "\(message) (at byte \(offset))" }
}

extension DecodeError {
    static func tooLarge(_ count: Int, limit: Int) -> Self {
        Self(
            code: .tooLarge,
            message: "the payload has \(count) bytes; the limit is \(limit)",
            offset: limit
        )
    }
}
