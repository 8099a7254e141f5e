// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The state of each device, bounded: when it is full, the device not heard of for longest is
/// forgotten.
///
/// Owned by one thread. A look-up is one hash of the name; the order is a ``HeardOrder``.
struct DeviceTable<State> {
    private struct Slot {
        var device: String
        var state: State
    }

    /// How many devices it remembers at most.
    let capacity: Int
    /// How many devices it has forgotten to make room.
    private(set) var evictions = 0

    private var slots: [Slot] = []
    private var places: [String: Int] = [:]
    private var order = HeardOrder()

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// How many devices it remembers.
    var count: Int { slots.count }

    /// Lets `body` read and change the state of `device`, which becomes the one last heard of.
    mutating func withState<Result>(
        of device: String,
        orNew fresh: @autoclosure () -> State,
        _ body: (inout State) -> Result
    ) -> Result {
        let place = place(of: device, fresh())
        order.hear(place)
        return body(&slots[place].state)
    }

    /// Writes the devices and their states, the one not heard of for longest first.
    func save(
        into writer: inout StateWriter,
        _ save: (State, inout StateWriter) -> Void
    ) {
        writer.put(slots.count)
        var place = order.oldest
        while place >= 0 {
            writer.put(slots[place].device)
            save(slots[place].state, &writer)
            place = order.newer(than: place)
        }
    }

    /// Takes up what `save` wrote; of more devices than fit, those heard of last.
    ///
    /// On an error the table is empty. `most` is how many devices can have been written.
    mutating func restore(
        from reader: inout StateReader,
        most: Int = 10_000_000,
        _ restored: (inout StateReader) throws(StateError) -> State
    ) throws(StateError) {
        self = Self(capacity: capacity)
        do throws(StateError) {
            for _ in 0..<(try reader.int(in: 0...most)) {
                let device = try reader.text(limit: 1 << 16)
                let state = try restored(&reader)
                withState(of: device, orNew: state) { _ in }
            }
        } catch {
            self = Self(capacity: capacity)
            throw error
        }
        evictions = 0
    }

    private mutating func place(of device: String, _ fresh: @autoclosure () -> State) -> Int {
        if let place = places[device] { return place }
        let place: Int
        if slots.count < capacity {
            place = slots.count
            slots.append(Slot(device: device, state: fresh()))
            order.add()
        } else {
            place = order.oldest
            evictions += 1
            order.hear(place)
            places.removeValue(forKey: slots[place].device)
            slots[place].device = device
            slots[place].state = fresh()
        }
        places[device] = place
        return place
    }
}
