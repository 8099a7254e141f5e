// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

// No race: every access is inside the Mutex. ThreadSanitizer reports one all the same unless mutex.c is
// preloaded; with the argument `race` there is a real one, which must be reported either way.
final class Box: Sendable {
    let value = Mutex(0)
    nonisolated(unsafe) var bare = 0
}
let box = Box()
let isRacing = CommandLine.arguments.contains("race")
let threads = (0..<3).map { _ in
    Thread {
        for _ in 0..<5_000 {
            box.value.withLock { $0 += 1 }
            if isRacing { box.bare += 1 }
        }
    }
}
for thread in threads { thread.start() }
while threads.contains(where: { !$0.isFinished }) { usleep(1_000) }
print(box.value.withLock { $0 })
