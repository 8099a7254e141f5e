// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Vocabulary

/// Tells the workers that rows have been set aside for them, so that none waits out its pause.
final class WorkSignal: Sendable {
    /// One worker's ear.
    final class Ear: Sendable {
        private let semaphore = TimedSemaphore()
        private let isRung = Atomic<Bool>(false)

        fileprivate func ring() {
            guard !isRung.exchange(true, ordering: .acquiringAndReleasing) else { return }
            semaphore.signal()
        }

        /// Waits until it is rung, or for `limit`.
        func wait(atMost limit: Interval) {
            semaphore.wait(atMost: limit)
            isRung.store(false, ordering: .releasing)
        }
    }

    private struct WeakEar {
        weak var ear: Ear?
    }

    private let ears = Mutex<[WeakEar]>([])

    /// An ear, which hears as long as somebody holds it.
    func ear() -> Ear {
        let ear = Ear()
        ears.withLock { ears in
            ears.removeAll { $0.ear == nil }
            ears.append(WeakEar(ear: ear))
        }
        return ear
    }

    /// Call it when the rows are on disk.
    func ring() {
        for ear in ears.withLock({ $0.compactMap(\.ear) }) { ear.ring() }
    }
}
