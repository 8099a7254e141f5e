// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// In which order things were last heard of: a doubly linked list of places in an array that its owner
/// keeps beside it.
///
/// Every change takes constant time. Places are from 0 and have no gaps: when one goes, the last takes
/// its number.
struct HeardOrder {
    private struct Link {
        var newer: Int
        var older: Int
    }

    private var links: [Link] = []
    /// The place last heard of; -1 where there is none.
    private(set) var newest = -1
    /// The place not heard of for longest; -1 where there is none.
    private(set) var oldest = -1

    /// The place heard of next after `place`; -1 after the newest.
    func newer(than place: Int) -> Int { links[place].newer }

    /// Adds a place after the last, which becomes the newest.
    mutating func add() {
        links.append(Link(newer: -1, older: -1))
        link(links.count - 1)
    }

    /// Makes `place` the newest.
    @inline(__always)
    mutating func hear(_ place: Int) {
        guard newest != place else { return }
        unlink(place)
        link(place)
    }

    /// Takes `place` away; the last place is called `place` from now on.
    mutating func remove(_ place: Int) {
        unlink(place)
        let last = links.count - 1
        if place != last {
            links[place] = links[last]
            let (newer, older) = (links[place].newer, links[place].older)
            if newer >= 0 { links[newer].older = place } else { newest = place }
            if older >= 0 { links[older].newer = place } else { oldest = place }
        }
        links.removeLast()
    }

    /// Forgets all places.
    mutating func removeAll() {
        links.removeAll()
        (newest, oldest) = (-1, -1)
    }

    private mutating func unlink(_ place: Int) {
        let (newer, older) = (links[place].newer, links[place].older)
        if newer >= 0 { links[newer].older = older } else { newest = older }
        if older >= 0 { links[older].newer = newer } else { oldest = newer }
    }

    private mutating func link(_ place: Int) {
        links[place] = Link(newer: -1, older: newest)
        if newest >= 0 { links[newest].newer = place }
        newest = place
        if oldest < 0 { oldest = place }
    }
}
