// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import UnixSignals

/// The terminal as a full screen: its own page, keys at once, no cursor; put back when it is let go.
final class FullScreen {
    /// What wakes the screen's owner.
    enum Event: Sendable {
        case key(UInt8)
        case resized
        case tick
        case ended
    }

    private let former: termios

    /// Takes the terminal; nil where standard input or output is none.
    init?() {
        var state = termios()
        guard isatty(STDOUT_FILENO) == 1, tcgetattr(STDIN_FILENO, &state) == 0 else { return nil }
        former = state
        // Keys at once and unseen; the interrupt key comes as a key, so that it ends us our way.
        state.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &state)
        // The other page, without a cursor and without wrapping (xterm's control sequences).
        Self.write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l")
    }

    /// Empties our page before the other one comes back.
    ///
    /// tmux makes an enlarged window small again for that; a line as wide as the window is now would be two lines then,
    /// of which one stays among those of the shell.
    static let farewell = "\u{1B}[H\u{1B}[J\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    /// Puts everything back as it was.
    func leave() {
        Self.write(Self.farewell)
        var state = former
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &state)
    }

    /// How many columns and rows there are; 80 and 24 where the terminal does not say.
    static var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
        else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Shows the lines from the top on and nothing else, in one write, so that nothing flickers.
    func show(_ lines: [String]) {
        var page = "\u{1B}[H"
        for (place, line) in lines.enumerated() {
            page += (place == 0 ? "" : "\r\n") + line + "\u{1B}[K"
        }
        Self.write(page + "\u{1B}[J")
    }

    /// Keys, changes of size, ends by signal, and a tick every `milliseconds`.
    static func events(every milliseconds: Int) -> AsyncStream<Event> {
        AsyncStream(bufferingPolicy: .bufferingNewest(64)) { continuation in
            let ticks = Task {
                while !Task.isCancelled {
                    continuation.yield(.tick)
                    try? await Task.sleep(for: .milliseconds(milliseconds))
                }
            }
            let signals = Task {
                let trapped = await UnixSignalsSequence(
                    trapping: [.sigwinch, .sigint, .sigterm, .sighup, .sigcont]
                )
                for await signal in trapped {
                    let isLook = signal == .sigwinch || signal == .sigcont
                    continuation.yield(isLook ? .resized : .ended)
                }
            }
            let keys = Task.detached {
                // Looked at now and then, so that it ends with the stream.
                while !Task.isCancelled {
                    var entry = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
                    guard poll(&entry, 1, 100) > 0 else { continue }
                    var byte: UInt8 = 0
                    guard read(STDIN_FILENO, &byte, 1) == 1 else {
                        continuation.yield(.ended)
                        return
                    }
                    continuation.yield(.key(byte))
                }
            }
            continuation.onTermination = { _ in
                ticks.cancel()
                signals.cancel()
                keys.cancel()
            }
        }
    }

    private static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
