// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How a policy reads payloads: what it takes from them and where it finds it.
///
/// Paths are dotted member names with optional indices, such as `vib.samples` or `sensors[0].value`.
public struct ReadingSpec: Hashable, Sendable {
    /// The format of the payload.
    public enum Format: String, CaseIterable, Sendable {
        /// JSON text, RFC 8259.
        case json
    }

    /// What a field must be; a payload that carries something else does not decode.
    public enum FieldKind: String, CaseIterable, Sendable {
        /// A JSON number.
        case number
        /// A JSON string.
        case text
        /// `true` or `false`.
        case flag
        /// An array of numbers.
        case samples
        /// A file as it came, such as a camera's frame.
        case bytes
        /// Whichever of these it is; a file is never taken for one.
        case any
    }

    /// How a time is written.
    public enum TimeUnit: String, CaseIterable, Sendable {
        /// Seconds since 1970, whole or with a fraction.
        case seconds = "s"
        /// Milliseconds since 1970.
        case milliseconds = "ms"
        /// Microseconds since 1970.
        case microseconds = "us"
        /// Nanoseconds since 1970.
        case nanoseconds = "ns"
        /// RFC 3339 text.
        case rfc3339
    }

    /// One field: its name in conditions, features and allow-lists, and where it lies.
    public struct Field: Hashable, Sendable {
        /// The name conditions and features use.
        public var name: String
        /// Where it lies in the payload, from the reading's own root.
        public var path: String
        /// What it must be.
        public var kind: FieldKind
        /// True when a reading without it does not decode.
        public var isRequired: Bool
        /// The topics whose payloads carry it; nil for all.
        public var from: TopicPattern?

        /// Makes a field.
        public init(
            name: String,
            path: String,
            kind: FieldKind = .any,
            isRequired: Bool = true,
            from: TopicPattern? = nil
        ) {
            self.name = name
            self.path = path
            self.kind = kind
            self.isRequired = isRequired
            self.from = from
        }
    }

    /// The payload's format.
    public var format: Format
    /// Where an array of readings lies; nil when the payload is one reading, `""` when it is the array itself.
    public var each: String?
    /// The device's identity, from the topic's captures and payload fields: `{line}/{machine}` or `{payload.serial}`.
    public var device: Template
    /// Where the device's own time lies, if it sends one.
    public var time: String?
    /// How that time is written.
    public var timeUnit: TimeUnit
    /// Where the device's own counter lies, if it sends one.
    public var sequence: String?
    /// The fields, in slot order.
    public var fields: [Field]

    /// Makes a specification.
    public init(
        format: Format = .json,
        each: String? = nil,
        device: Template,
        time: String? = nil,
        timeUnit: TimeUnit = .milliseconds,
        sequence: String? = nil,
        fields: [Field]
    ) {
        self.format = format
        self.each = each
        self.device = device
        self.time = time
        self.timeUnit = timeUnit
        self.sequence = sequence
        self.fields = fields
    }

    /// Which fields the payloads of `topic` carry.
    public func carried(by topic: String) -> [Bool] {
        fields.map { $0.from?.captures(in: topic) != nil || $0.from == nil }
    }

    /// The slot of the field called `name`.
    public func slot(of name: String) -> Int? {
        fields.firstIndex { $0.name == name }
    }
}
