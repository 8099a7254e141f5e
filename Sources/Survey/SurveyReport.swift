// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What was heard on a broker: patterns of topics, and what their payloads carry.
public struct SurveyReport: Codable, Equatable, Sendable {
    /// A kind of value.
    public enum Kind: String, Codable, CaseIterable, Sendable {
        /// A number.
        case number
        /// A text.
        case text
        /// `true` or `false`.
        case flag
        /// An array of numbers.
        case samples
        /// An array of anything else.
        case list
        /// `null`.
        case null
    }

    /// What a payload is.
    public enum Format: String, Codable, Sendable {
        /// A JSON object, or an array of them.
        case json
        /// A bare JSON value.
        case value
        /// A JPEG or PNG file.
        case image
        /// Other text.
        case text
        /// Other bytes.
        case binary
        /// Nothing.
        case empty
    }

    /// What a field seems to be for.
    public enum Part: String, Codable, Sendable {
        /// The device's name.
        case device
        /// The device's time.
        case time
        /// The device's own count.
        case sequence
    }

    /// One field of a pattern's payloads.
    public struct Field: Codable, Equatable, Sendable {
        /// Where it lies, in dotted names; empty for a payload that is one value.
        public var path: String
        /// In which part of the payloads it was, 0…1.
        public var presence: Double
        /// What it was, the most frequent first.
        public var kinds: [Kind]
        /// The smallest number seen; of samples, the smallest of them.
        public var minimum: Double?
        /// The largest number seen.
        public var maximum: Double?
        /// True where all numbers were whole.
        public var isWhole: Bool?
        /// How many numbers the longest series had.
        public var length: Int?
        /// Texts that were seen, a few.
        public var examples: [String]?
        /// What it seems to be for.
        public var part: Part?
        /// How a time is written: `s`, `ms`, `us`, `ns` or `rfc3339`.
        public var timeUnit: String?
        /// How far the device's clock is ahead of ours, in seconds: the least, what is usual, the most.
        public var clockAhead: [Double]?
    }

    /// Topics that differ in some levels only, with what they carry.
    public struct Pattern: Codable, Equatable, Sendable {
        /// The topics as a filter.
        public var filter: String
        /// The same with names for the levels that vary, as a policy's `match` has them.
        public var named: String
        /// One of the topics.
        public var example: String
        /// How many topics were heard.
        public var topics: Int
        /// How many messages.
        public var messages: Int
        /// Messages a second, retained ones left out.
        public var rate: Double
        /// Messages by the quality of service they arrived with: 0, 1 and 2.
        public var qos: [Int]
        /// How many the broker had kept.
        public var retained: Int
        /// The smallest and the largest payload in bytes.
        public var bytes: [Int]
        /// What the payloads are.
        public var format: Format
        /// How many payloads were something else.
        public var others: Int
        /// What they carry.
        public var fields: [Field]
        /// The device as a policy names it, from levels or a field; nil where nothing tells devices apart.
        public var device: String?
        /// The last payload's numbers by path, for a test.
        public var sample: [String: Double]
    }

    /// Seconds of listening.
    public var seconds: Double
    /// How many messages were heard.
    public var messages: Int
    /// Messages on topics for which there was no room.
    public var unlisted: Int
    /// The patterns, the busiest first.
    public var patterns: [Pattern]
}
