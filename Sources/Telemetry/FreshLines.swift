// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What any number of threads put down and others take up, all at once; nobody ever waits for anybody.
///
/// A list of which only the head is shared (R. K. Treiber, "Systems Programming: Coping with Parallelism", 1986).
/// Because it is taken as a whole, a head can never come back to mislead who is about to put something before it.
final class FreshLines<Element: Sendable>: Sendable {
    private final class Node {
        let element: Element
        let bytes: Int
        /// The address of the one put down before it; 0 for none.
        var next: UInt = 0

        init(_ element: Element, bytes: Int) {
            self.element = element
            self.bytes = bytes
        }
    }

    /// The address of the last one put down, which is kept alive by being here; 0 for none.
    private let head = Atomic<UInt>(0)
    private let elements = Atomic<Int>(0)
    private let bytes = Atomic<Int>(0)

    deinit { _ = take() }

    /// How many there are, about.
    var count: Int { elements.load(ordering: .relaxed) }

    /// Puts an element down; false when there are `most` already, or `mostBytes`.
    func put(_ element: Element, bytes size: Int, most: Int, mostBytes: Int) -> Bool {
        guard count < most, bytes.load(ordering: .relaxed) + size <= mostBytes else { return false }
        elements.wrappingAdd(1, ordering: .relaxed)
        bytes.wrappingAdd(size, ordering: .relaxed)
        let node = Node(element, bytes: size)
        let place = UInt(bitPattern: Unmanaged.passRetained(node).toOpaque())
        var seen = head.load(ordering: .relaxed)
        while true {
            node.next = seen
            let (isPut, found) = head.weakCompareExchange(
                expected: seen,
                desired: place,
                successOrdering: .releasing,
                failureOrdering: .relaxed
            )
            if isPut { return true }
            seen = found
        }
    }

    /// Takes all there are, in the order they were put down.
    func take() -> [Element] {
        var taken: [Element] = []
        var size = 0
        var place = head.exchange(0, ordering: .acquiring)
        while let here = UnsafeRawPointer(bitPattern: place) {
            let node = Unmanaged<Node>.fromOpaque(here).takeRetainedValue()
            taken.append(node.element)
            size += node.bytes
            place = node.next
        }
        elements.wrappingSubtract(taken.count, ordering: .relaxed)
        bytes.wrappingSubtract(size, ordering: .relaxed)
        taken.reverse()
        return taken
    }
}
