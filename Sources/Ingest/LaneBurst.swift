// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// What one burst brought besides the messages in the batch.
struct LaneBurst {
    struct Refusal {
        var topic: Topic
        var reason: String
        var prefix: [UInt8]
    }

    /// A burst ends when its payloads fill this many bytes.
    static let mostBytes = 8 << 20
    /// This much of a refused payload is kept.
    static let prefixBytes = 1_024

    /// Messages that came, refused ones included.
    private(set) var count = 0
    private(set) var refusals: [Refusal] = []
    private var byQualityOfService = (0, 0, 0)
    private var duplicates = 0

    mutating func begin() {
        count = 0
        duplicates = 0
        byQualityOfService = (0, 0, 0)
        if !refusals.isEmpty { refusals = [] }
    }

    mutating func add(qualityOfService: UInt8, isDuplicate: Bool) {
        count += 1
        if isDuplicate { duplicates += 1 }
        switch qualityOfService {
        case 0: byQualityOfService.0 += 1
        case 1: byQualityOfService.1 += 1
        default: byQualityOfService.2 += 1
        }
    }

    mutating func refuse(topic: Topic, payload: UnsafeRawBufferPointer, limit: Int) {
        refusals.append(
            Refusal(
                topic: topic,
                reason: "payload of \(payload.count) bytes; the lane allows \(limit)",
                prefix: Array(payload.prefix(Self.prefixBytes))
            )
        )
    }

    func add(to status: inout LaneStatus, unsettled: Int) {
        status.bursts += 1
        status.messages[0] += byQualityOfService.0
        status.messages[1] += byQualityOfService.1
        status.messages[2] += byQualityOfService.2
        status.duplicates += duplicates
        status.refused += refusals.count
        status.unsettled = unsettled
    }
}
