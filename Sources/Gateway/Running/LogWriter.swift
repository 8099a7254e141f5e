// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Telemetry
import Vocabulary

/// Writes the decision log out beside the path: some times a second, and as soon as much has gathered.
///
/// On a thread of its own, so that a burst of lines does not wait for what else is done now and then.
final class LogWriter: Sendable {
    private static let pause = Interval.milliseconds(250)

    let log: DecisionLog
    private let signal: WorkSignal

    /// Makes the log at `path`; nothing is written before `start`.
    init(path: String, sizeLimit: Int) {
        let signal = WorkSignal()
        self.signal = signal
        log = DecisionLog(path: path, sizeLimit: sizeLimit) { signal.ring() }
    }

    /// Starts the thread; when it has been stopped, what gathers has to be flushed by others.
    func start() -> OwnThread {
        OwnThread { [log, signal] thread in
            let ear = signal.ear()
            while !thread.isStopping {
                ear.wait(atMost: Self.pause)
                log.flush()
            }
        }
    }
}
