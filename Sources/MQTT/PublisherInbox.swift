// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What callers have handed over and the loop has not taken yet.
struct PublisherInbox {
    /// One publication of a batch, and the failure it was met with, if any.
    struct Entry {
        var batch: PublicationBatch
        var index: Int
        var failure: MQTTPublishFailure?
    }

    var status = MQTTPublisher.Status()
    private(set) var stopDeadline: Int64?
    private var entries: [Entry] = []
    private var isOpen = false
    private var wasOpened = false
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// How many publications wait in it.
    var count: Int { entries.count }

    /// Opens it for the first time; false when it was opened before or is to stop.
    mutating func open() -> Bool {
        guard !wasOpened, stopDeadline == nil else { return false }
        isOpen = true
        wasOpened = true
        return true
    }

    /// Takes a batch in, or answers false when nobody will ever take it out.
    mutating func take(_ batch: PublicationBatch) -> Bool {
        guard isOpen else { return false }
        entries.reserveCapacity(entries.count + batch.publications.count)
        for index in batch.publications.indices {
            let failure: MQTTPublishFailure? =
                stopDeadline != nil
                ? .notConnected
                : !status.isConnected
                    ? .notConnected : status.outstanding >= limit ? .queueFull : nil
            status.outstanding += 1
            entries.append(Entry(batch: batch, index: index, failure: failure))
        }
        return true
    }

    /// Hands everything to the loop.
    mutating func drain() -> [Entry] {
        let drained = entries
        entries = []
        return drained
    }

    /// Notes how a publication ended.
    mutating func settled(_ outcome: MQTTPublishOutcome) {
        status.outstanding -= 1
        if case .acknowledged = outcome { status.acknowledged += 1 } else { status.failed += 1 }
    }

    /// Notes that the publisher shall end, at the latest at this time.
    mutating func requestStop(at deadline: Int64) {
        stopDeadline = min(stopDeadline ?? deadline, deadline)
    }

    /// Closes it if nothing is left in it; the loop may end then.
    mutating func closeIfEmpty() -> Bool {
        guard entries.isEmpty else { return false }
        isOpen = false
        return true
    }
}
