// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Why a message or a row became a dead letter: a closed list, because letters are counted by it.
///
/// Stored as its raw value in `dead_letters.code`. Each has its section in the guide of errors.
public enum DeadLetterCode: String, CaseIterable, Sendable {
    /// The payload has no bytes, or only white space.
    case empty
    /// The payload, or the row that the message needs, is larger than a limit.
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
    /// A number is beyond what a double holds.
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

    /// The local model gave no finding, and no rule of the policy takes that.
    case noFinding = "no_finding"
    /// An action's topic or payload cannot be made of the reading.
    case cannotAct = "cannot_act"
    /// The question to the cloud cannot be made of the reading.
    case cannotAsk = "cannot_ask"
    /// The process ended while it worked on it, several times.
    case endsProcess = "ends_process"
    /// The policy went while the message waited for it, or no policy matches its topic.
    case noPolicy = "no_policy"
    /// It was sent again out of its order, and a model of the policy remembers.
    case outOfOrder = "out_of_order"

    /// A receiver of an action will not take it.
    case rejected
    /// The cloud or a sink will not take it.
    case refused
    /// The stored row does not read.
    case unreadable

    /// An operator's label is not understood.
    case badLabel = "bad_label"
}
