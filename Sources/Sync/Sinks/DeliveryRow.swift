// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Spool
import Vocabulary

/// A line for a sink as the spool keeps it: a line of JSON about it, a line feed, and the line itself.
///
/// So it can be read by eye, and nothing of it is parsed to be sent.
public struct DeliveryRow: Hashable, Sendable {
    /// Why a row cannot be read.
    public struct Unreadable: Error, Sendable {
        /// What is wrong.
        public var message: String
    }

    private struct Head: Codable {
        var format: Int
        var sink: String
        var device: String?
    }

    private static let format = 1

    /// The sink it is for.
    public var sink: String
    /// The device, where the policy lets devices be named.
    public var device: String?
    /// The line: one JSON object without a line feed.
    public var json: [UInt8]

    /// Makes a row.
    public init(sink: String, device: String?, json: [UInt8]) {
        self.sink = sink
        self.device = device
        self.json = json
    }

    /// The row's body.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter(capacity: 64)
        writer.beginObject()
        writer.member("format", Self.format)
        writer.member("sink", sink)
        writer.member("device", device)
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")] + json
    }

    /// Reads a row's body.
    public init(body: [UInt8]) throws(Unreadable) {
        guard let end = body.firstIndex(of: UInt8(ascii: "\n")),
            let head = try? JSONDecoder().decode(Head.self, from: Data(body[..<end]))
        else { throw Unreadable(message: "its first line is no JSON object that names a sink") }
        guard head.format == Self.format else {
            throw Unreadable(message: "it has the format \(head.format), which is not known")
        }
        json = Array(body[(end + 1)...])
        guard json.first == UInt8(ascii: "{"), !json.contains(UInt8(ascii: "\n")) else {
            throw Unreadable(message: "its line is not one JSON object without a line feed")
        }
        sink = head.sink
        device = head.device
    }

    /// What leaves.
    func line(of row: SpoolRow) -> OutboundLine {
        OutboundLine(key: row.key, policy: row.policy, device: device, json: json)
    }
}
