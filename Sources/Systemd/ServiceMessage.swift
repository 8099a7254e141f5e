// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What a service tells its service manager (systemd, `sd_notify(3)`).
public enum ServiceMessage: Equatable, Sendable {
    /// It has started, or has taken what it read again.
    case ready
    /// It reads its configuration again; with `CLOCK_MONOTONIC` in microseconds.
    case reloading(microseconds: UInt64)
    /// It has begun to stop.
    case stopping
    /// One line for people, as `systemctl status` shows it.
    case status(String)
    /// It is alive.
    case watchdog

    /// The text of the datagram.
    ///
    /// A line feed in a status would begin another message, so it and other controls become spaces.
    public var text: String {
        switch self {
        case .ready: "READY=1"
        case .reloading(let microseconds): "RELOADING=1\nMONOTONIC_USEC=\(microseconds)"
        case .stopping: "STOPPING=1"
        case .watchdog: "WATCHDOG=1"
        case .status(let line): "STATUS=" + Self.oneLine(line)
        }
    }

    private static func oneLine(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(1_000) {
            line.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar)
        }
        return String(line)
    }
}
