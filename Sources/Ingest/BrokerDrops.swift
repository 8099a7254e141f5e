// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Follows the broker's own count of messages it has dropped, which it publishes under `$SYS`.
///
/// The count runs since the broker's start, so only its growth says something; a smaller number is a
/// broker that has started again. The count met last outlives the process, so that what was dropped
/// while it was away is told when it comes back.
struct BrokerDrops {
    /// Where Mosquitto publishes it.
    static let topic = "$SYS/broker/publish/messages/dropped"

    /// How many were dropped since the first report; nil before that.
    private(set) var total: Int?
    /// The broker's count as reported last; nil before that.
    private(set) var last: Int?

    /// Goes on from the count that an earlier run met last; nil where there was none.
    init(last: Int? = nil) {
        self.last = last
        total = last.map { _ in 0 }
    }

    /// Reads a report; answers how many were dropped since the one before.
    mutating func report(_ payload: UnsafeRawBufferPointer) -> Int {
        guard payload.count <= 20, let count = Int(String(decoding: payload, as: UTF8.self)),
            count >= 0
        else { return 0 }
        defer { last = count }
        guard let last, let total else {
            total = 0
            return 0
        }
        let growth = count >= last ? count - last : count
        self.total = total + growth
        return growth
    }
}
