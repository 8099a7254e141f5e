// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Decide
import Vocabulary

/// A message that came before the one that is rehearsed: windows and detectors remember it.
public struct EarlierMessage: Equatable, Sendable {
    /// The topic it came on.
    public var topic: String
    /// Its bytes.
    public var payload: [UInt8]

    /// Makes a message.
    public init(topic: String, payload: [UInt8]) {
        self.topic = topic
        self.payload = payload
    }
}

extension EarlierMessage {
    /// The messages of a file, one a line, oldest first.
    ///
    /// A line is a payload, on `topic`, or a topic of `policy`, a blank and a payload, as `mosquitto_sub -v`
    /// prints them. Empty lines are none.
    public static func read(
        _ bytes: [UInt8],
        policy: Policy?,
        topic: String
    ) -> [EarlierMessage] {
        bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let line = line.last == 13 ? line.dropLast() : line
            guard let first = line.first else { return nil }
            let isJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
            if !isJSON, let blank = line.firstIndex(of: UInt8(ascii: " ")) {
                let name = String(decoding: line[..<blank], as: UTF8.self)
                if policy?.match.captures(in: name) != nil {
                    return EarlierMessage(topic: name, payload: Array(line[(blank + 1)...]))
                }
            }
            return EarlierMessage(topic: topic, payload: Array(line))
        }
    }
}
