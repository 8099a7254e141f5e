// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The windows of all devices of one kind, bounded in devices and bytes.
///
/// When either bound is reached, the window of the device not heard of for longest is forgotten. Owned
/// by one thread.
final class WindowTable {
    private struct Slot {
        var device: String
        var window: DeviceWindow
        var bytes: Int
    }

    private(set) var plan: WindowPlan
    /// About how much memory all windows take.
    private(set) var bytes = 0
    private var slots: [Slot] = []
    private var places: [String: Int] = [:]
    private var order = HeardOrder()

    init(_ plan: WindowPlan) {
        self.plan = plan
    }

    /// How many devices it remembers.
    var count: Int { slots.count }

    /// The window of `device`, which becomes the one last heard of; a new one where there is none.
    func window(of device: String) -> DeviceWindow {
        let place: Int
        if let known = places[device] {
            place = known
            order.hear(place)
        } else {
            place = slots.count
            let window = DeviceWindow(plan)
            let slot = Slot(device: device, window: window, bytes: 0)
            slots.append(slot)
            places[device] = place
            order.add()
        }
        return slots[place].window
    }

    /// Notes how large the window last asked for has become; answers how many others had to go.
    func settle() -> Int {
        let newest = order.newest
        let size =
            slots[newest].window.bytes + slots[newest].device.utf8.count
            + MemoryLayout<Slot>.stride + 48
        bytes += size - slots[newest].bytes
        slots[newest].bytes = size
        var evictions = 0
        while slots.count > 1,
            slots.count > plan.spec.maximumDevices || bytes > plan.spec.maximumBytes
        {
            removeOldest()
            evictions += 1
        }
        return evictions
    }

    /// Goes through all windows, the one not heard of for longest first.
    func visit(_ body: (String, DeviceWindow) -> Void) {
        var place = order.oldest
        while place >= 0 {
            body(slots[place].device, slots[place].window)
            place = order.newer(than: place)
        }
    }

    /// Forgets everything.
    func removeAll() {
        slots.removeAll()
        places.removeAll()
        order.removeAll()
        bytes = 0
    }

    private func removeOldest() {
        let place = order.oldest
        order.remove(place)
        bytes -= slots[place].bytes
        places.removeValue(forKey: slots[place].device)
        let last = slots.count - 1
        if place != last {
            slots[place] = slots[last]
            places[slots[place].device] = place
        }
        slots.removeLast()
    }
}
