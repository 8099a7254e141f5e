// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The messages of one burst read from a lane's socket; the currency of the hot path.
///
/// Owned by the lane's thread and reused from burst to burst: whatever must outlive the call it was
/// handed to is copied out of it.
public final class Batch {
    /// The bytes of all payloads, one after the other.
    public private(set) var arena: [UInt8] = []
    /// The messages in the order of their arrival.
    public private(set) var messages: [Message] = []
    /// When the burst was read, on the monotonic clock.
    public var arrival: MonotonicInstant
    /// When the burst was read, on the wall clock.
    public var arrivalWallTime: WallTime

    /// The traces that messages belonged to when they came, by their place; empty unless traces are exported.
    public private(set) var traces: [Int: TraceContext] = [:]

    /// Makes an empty batch.
    public init() {
        arrival = MonotonicInstant(nanoseconds: 0)
        arrivalWallTime = WallTime(nanoseconds: 0)
    }

    /// Appends a message, copying its payload into the arena.
    public func append(
        topic: Topic,
        payload: UnsafeRawBufferPointer,
        qualityOfService: UInt8,
        isRetained: Bool,
        isDuplicate: Bool
    ) {
        let start = arena.count
        arena.append(contentsOf: payload)
        messages.append(
            Message(
                topic: topic,
                payload: start..<arena.count,
                qualityOfService: qualityOfService,
                isRetained: isRetained,
                isDuplicate: isDuplicate
            )
        )
    }

    /// Notes the trace that the message appended last belonged to when it came.
    public func note(_ trace: TraceContext) {
        traces[messages.count - 1] = trace
    }

    /// Empties the batch and keeps its memory, up to `arenaLimit` bytes of it.
    ///
    /// One burst of large payloads must not hold its memory for ever on a small box.
    public func reset(arenaLimit: Int = 4 << 20) {
        messages.removeAll(keepingCapacity: true)
        if !traces.isEmpty { traces.removeAll(keepingCapacity: true) }
        arena.removeAll(keepingCapacity: arena.capacity <= arenaLimit)
    }

    /// The payload of `message`, copied.
    public func payload(of message: Message) -> [UInt8] {
        Array(arena[message.payload])
    }
}
