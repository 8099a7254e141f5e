// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
public import Vocabulary

/// What a person says a reading was: `{"decision_id": "…", "label": "healthy", "by": "…"}`.
///
/// A label for tuning, written down beside the cloud's. People look at what rang, not at a sample, so
/// it has no part in the running estimate of a bound.
public struct OperatorLabel: Equatable, Sendable {
    /// Why a text is no label.
    public struct Malformed: Error, Equatable, Sendable {
        /// What is wrong and what it should be.
        public var message: String
    }

    /// The most bytes one may have as JSON.
    public static let sizeLimit = 4 << 10
    /// The most characters a label, or the name of who gives it, may have.
    public static let textLimit = 128

    /// The decision it is about.
    public let id: DecisionID
    /// What the reading was.
    public let label: String
    /// Who says so.
    public let by: String?

    /// Makes a label of texts; the first is a decision's id as it stands in the log and in events.
    public init(decision: String, label: String, by: String?) throws(Malformed) {
        guard let id = DecisionID(decision) else {
            throw Malformed(
                message: "`decision_id` wants the 32 hexadecimal digits of a decision's id"
            )
        }
        self.id = id
        self.label = try Self.checked(label, "label")
        self.by = try by.map { text throws(Malformed) in try Self.checked(text, "by") }
    }

    /// Reads JSON of at most `sizeLimit` bytes.
    public init(parsing payload: [UInt8]) throws(Malformed) {
        guard payload.count <= Self.sizeLimit else {
            throw Malformed(message: "a label has \(Self.sizeLimit) bytes at most")
        }
        let result = payload.withUnsafeBytes { bytes in
            Result { () throws(DecodeError) in try JSONValue(parsing: bytes) }
        }
        let members: [String: JSONValue]
        switch result {
        case .failure(let error): throw Malformed(message: "no JSON: \(error)")
        case .success(.object(let found)): members = found
        case .success: throw Malformed(message: "a label is a JSON object")
        }
        let known = ["decision_id", "label", "by"]
        if let other = members.keys.sorted().first(where: { !known.contains($0) }) {
            throw Malformed(
                message: "unknown member `\(other.prefix(32))`; known: decision_id, label, by"
            )
        }
        func text(_ name: String) throws(Malformed) -> String? {
            switch members[name] {
            case nil, .null: return nil
            case .string(let text): return text
            default: throw Malformed(message: "`\(name)` wants a text")
            }
        }
        guard let decision = try text("decision_id"), let label = try text("label") else {
            throw Malformed(message: "a label wants `decision_id` and `label`")
        }
        try self.init(decision: decision, label: label, by: try text("by"))
    }

    private static func checked(_ text: String, _ name: String) throws(Malformed) -> String {
        guard !text.isEmpty, text.unicodeScalars.count <= textLimit else {
            throw Malformed(message: "`\(name)` wants 1 to \(textLimit) characters")
        }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { throw Malformed(message: "`\(name)` has control characters") }
        return text
    }
}
