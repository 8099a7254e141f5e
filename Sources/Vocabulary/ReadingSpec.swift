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
        /// A camera's frame, JPEG or PNG: the payload is the one field, a file.
        case image
        /// Sound as bare samples: the payload is the one field, a series.
        case pcm

        /// True where the payload as a whole is the one field.
        public var isWhole: Bool { self != .json }

        /// What that field is called where a policy does not say.
        public var fieldName: String { self == .image ? "frame" : "sound" }
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
        /// A file as it came, such as a camera's frame; in JSON a string of Base64 (RFC 4648, 4 or 5).
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
        /// How many numbers of a series make a second; nil where the policy does not say.
        public var rate: Double?

        /// Makes a field.
        public init(
            name: String,
            path: String,
            kind: FieldKind = .any,
            isRequired: Bool = true,
            from: TopicPattern? = nil,
            rate: Double? = nil
        ) {
            self.name = name
            self.path = path
            self.kind = kind
            self.isRequired = isRequired
            self.from = from
            self.rate = rate
        }
    }

    /// The payload's format.
    public var format: Format
    /// How the samples of a `pcm` payload are written.
    public var sound: SoundSpec
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
        sound: SoundSpec = SoundSpec(),
        each: String? = nil,
        device: Template,
        time: String? = nil,
        timeUnit: TimeUnit = .milliseconds,
        sequence: String? = nil,
        fields: [Field]
    ) {
        self.format = format
        self.sound = sound
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
