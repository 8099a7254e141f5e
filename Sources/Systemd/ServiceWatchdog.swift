// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How often the service manager wants to hear that the service is alive (`sd_watchdog_enabled(3)`).
public enum ServiceWatchdog {
    /// The microseconds after which silence ends this process; nil where nobody watches it.
    ///
    /// `microseconds` and `process` are the values of `WATCHDOG_USEC` and `WATCHDOG_PID`, which says whom it is
    /// meant for; `own` is this process's id.
    public static func interval(
        microseconds: String?,
        process: String?,
        own: Int32
    ) -> UInt64? {
        guard let text = microseconds, let value = UInt64(text), value > 0 else { return nil }
        if let process, Int32(process) != own { return nil }
        return value
    }

    /// The interval that this process was given.
    public static func given() -> UInt64? {
        interval(
            microseconds: getenv("WATCHDOG_USEC").map { String(cString: $0) },
            process: getenv("WATCHDOG_PID").map { String(cString: $0) },
            own: getpid()
        )
    }
}
