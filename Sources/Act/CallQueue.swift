// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Which webhook calls run and which wait: a bound on all, and one at a time for each line.
///
/// A pure state machine: effects in, effects to start out.
struct CallQueue: Sendable {
    /// Calls of the same line go out one after the other.
    struct Line: Hashable, Sendable {
        var url: String
        var device: String
    }

    /// What is to be done with a new call.
    enum Verdict {
        case start
        case wait
        case full
    }

    private struct Waiting: Sendable {
        var effect: Effect
        var line: Line
    }

    private let runningLimit: Int
    private let waitingLimit: Int
    private var running: Set<Line> = []
    private var waiting: [Waiting] = []

    init(running: Int, waiting: Int) {
        runningLimit = running
        waitingLimit = waiting
    }

    mutating func add(_ effect: Effect, line: Line) -> Verdict {
        if running.count < runningLimit, !running.contains(line),
            !waiting.contains(where: { $0.line == line })
        {
            running.insert(line)
            return .start
        }
        guard waiting.count < waitingLimit else { return .full }
        waiting.append(Waiting(effect: effect, line: line))
        return .wait
    }

    /// A call of `line` has ended; answers the calls to start now.
    mutating func finish(_ line: Line) -> [Effect] {
        running.remove(line)
        var started: [Effect] = []
        while running.count < runningLimit,
            let index = waiting.firstIndex(where: { !running.contains($0.line) })
        {
            let next = waiting.remove(at: index)
            running.insert(next.line)
            started.append(next.effect)
        }
        return started
    }

    /// Empties the queue; answers what waited.
    mutating func removeWaiting() -> [Effect] {
        defer { waiting.removeAll() }
        return waiting.map(\.effect)
    }
}
