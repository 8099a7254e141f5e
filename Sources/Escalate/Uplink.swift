// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How well the cloud can be reached.
public enum Uplink: String, CaseIterable, Codable, Sendable {
    /// It answers.
    case online
    /// It answers, slowly.
    case slow
    /// It does not answer.
    case offline
    /// Not known yet, or it has just begun to answer again.
    case probing

    /// The better of two: a gateway with several endpoints is as well off as its best.
    static func better(_ left: Uplink, _ right: Uplink) -> Uplink {
        let order: [Uplink] = [.online, .slow, .probing, .offline]
        return order.first { $0 == left || $0 == right } ?? left
    }
}
