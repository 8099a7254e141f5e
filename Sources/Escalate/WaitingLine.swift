// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Questions waiting for room, first come first served, those with the same tensors together.
struct WaitingLine: Sendable {
    /// The names and sizes of a question's tensors: what must agree for two to go in one request.
    struct Shape: Hashable, Sendable {
        private struct Part: Hashable {
            var name: String
            var count: Int
        }

        private var parts: [Part]
        /// Differs where a question must go alone.
        private var alone: UInt64

        init(_ question: Question, alone: UInt64? = nil) {
            parts = question.outbound.tensors.map { Part(name: $0.name, count: $0.values.count) }
            self.alone = alone ?? 0
        }
    }

    /// Numbers in order; what is taken from the front is let go of in large steps.
    private struct Queue {
        private var ids: [UInt64] = []
        private var start = 0

        var first: UInt64? { start < ids.count ? ids[start] : nil }
        var rest: ArraySlice<UInt64> { ids[start...] }

        mutating func append(_ id: UInt64) { ids.append(id) }

        mutating func remove(_ id: UInt64) -> Bool {
            guard let index = rest.firstIndex(of: id) else { return false }
            ids.remove(at: index)
            return true
        }

        mutating func take(_ maximum: Int) -> [UInt64] {
            let taken = Array(rest.prefix(maximum))
            start += taken.count
            if start > 64, start * 2 > ids.count {
                ids.removeFirst(start)
                start = 0
            }
            return taken
        }
    }

    private var queues: [Shape: Queue] = [:]
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Appends a question by its number, which grows with every question.
    mutating func append(_ id: UInt64, shape: Shape) {
        queues[shape, default: Queue()].append(id)
        count += 1
    }

    /// Takes a question out of the line.
    mutating func remove(_ id: UInt64, shape: Shape) {
        guard queues[shape]?.remove(id) == true else { return }
        if queues[shape]?.first == nil { queues[shape] = nil }
        count -= 1
    }

    /// Takes out the question that has waited longest and up to `maximum - 1` that can go with it.
    mutating func next(_ maximum: Int) -> [UInt64] {
        guard
            let oldest = queues.indices.min(by: {
                (queues[$0].value.first ?? 0) < (queues[$1].value.first ?? 0)
            })
        else { return [] }
        let taken = queues.values[oldest].take(maximum)
        if queues.values[oldest].first == nil { queues.remove(at: oldest) }
        count -= taken.count
        return taken
    }

    /// The question that has waited longest.
    var first: UInt64? { queues.values.lazy.compactMap(\.first).min() }

    /// Takes out everything, in order.
    mutating func removeAll() -> [UInt64] {
        defer { self = WaitingLine() }
        return queues.values.flatMap(\.rest).sorted()
    }
}
