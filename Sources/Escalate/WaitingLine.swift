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

    private var queues: [Shape: [UInt64]] = [:]
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Appends a question by its number, which grows with every question.
    mutating func append(_ id: UInt64, shape: Shape) {
        queues[shape, default: []].append(id)
        count += 1
    }

    /// Takes a question out of the line.
    mutating func remove(_ id: UInt64, shape: Shape) {
        guard let index = queues[shape]?.firstIndex(of: id) else { return }
        queues[shape]?.remove(at: index)
        if queues[shape]?.isEmpty == true { queues[shape] = nil }
        count -= 1
    }

    /// Takes out the question that has waited longest and up to `maximum - 1` that can go with it.
    mutating func next(_ maximum: Int) -> [UInt64] {
        let oldest = queues.min { ($0.value.first ?? 0) < ($1.value.first ?? 0) }
        guard let (shape, ids) = oldest else { return [] }
        let taken = Array(ids.prefix(maximum))
        queues[shape] = ids.count > taken.count ? Array(ids.dropFirst(taken.count)) : nil
        count -= taken.count
        return taken
    }

    /// The question that has waited longest.
    var first: UInt64? { queues.values.lazy.compactMap(\.first).min() }

    /// Takes out everything, in order.
    mutating func removeAll() -> [UInt64] {
        defer { self = WaitingLine() }
        return queues.values.flatMap(\.self).sorted()
    }
}
