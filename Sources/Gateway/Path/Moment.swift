// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Decode
import Escalate
import Spool
import Vocabulary

/// What is the same for every reading that one policy decides of a burst: the time, and the state of
/// the spool, of the cloud and of the bound.
struct Moment {
    var arrival: MonotonicInstant
    var arrivalWallTime: WallTime
    var now: MonotonicInstant
    var queue: QueueFacts
    var cloud = CloudFacts.absent
    var bound = BoundFacts.unknown

    // Inlined, as `look`: a copy of all parts for each burst costs more than what is read of them.
    @inline(__always)
    init(_ batch: Batch, _ parts: PathParts) {
        arrival = batch.arrival
        arrivalWallTime = batch.arrivalWallTime
        now = parts.time.now
        queue = parts.spool.facts
    }

    /// Looks again for `runtime`, whose model has run: it may have taken much of a deadline.
    @inline(__always)
    mutating func look(_ runtime: PolicyRuntime, _ parts: PathParts) {
        now = parts.time.now
        cloud = parts.escalate.facts(endpoints: runtime.bound.endpoints)
        bound = parts.bounds.facts(of: runtime.policy)
    }

    /// The moment of a reading that may have come earlier than its batch: one that was put aside.
    func of(_ aside: PolicyRuntime.Aside?) -> Moment {
        guard let aside else { return self }
        var moment = self
        moment.arrival = aside.arrival
        moment.arrivalWallTime = aside.arrivalWallTime
        return moment
    }

    /// What conditions see of one reading; `payload` only where one of them reads it.
    func situation(
        _ finding: Finding?,
        _ message: Message,
        _ captures: [String],
        _ batch: Batch,
        deadline: Deadline?,
        withPayload: Bool = true
    ) -> Situation {
        var situation = Situation(
            finding: finding,
            topic: message.topic.name,
            captures: captures,
            isRetained: message.isRetained,
            cloud: cloud,
            queue: queue,
            bound: bound,
            deadlineLeft: deadline?.left(at: now),
            now: arrivalWallTime
        )
        if withPayload { situation.shows(message, of: batch) }
        return situation
    }
}

extension Situation {
    /// Lets conditions read the payload, which is parsed when the first one does.
    mutating func shows(_ message: Message, of batch: Batch) {
        payload = { PayloadValue(parsing: batch.arena[message.payload]) }
    }
}

extension PayloadValue {
    /// The payload as a tree; nil when it is not JSON or beyond the limits.
    init?(parsing payload: some Collection<UInt8>) {
        let value = payload.withContiguousStorageIfAvailable { bytes in
            try? JSONValue(parsing: UnsafeRawBufferPointer(bytes))
        }
        guard let value = value ?? nil else { return nil }
        self.init(value)
    }

    private init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let flag): self = .flag(flag)
        case .number(let number): self = .number(number)
        case .string(let text): self = .text(text)
        case .array(let values): self = .list(values.map { PayloadValue($0) })
        case .object(let members):
            self = .object(members.map { (name: $0.key, value: PayloadValue($0.value)) })
        }
    }
}
