// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension CircuitBreaker {
    /// Takes in what a permitted call came to.
    mutating func record(_ outcome: Outcome, permit: Permit, at now: MonotonicInstant) {
        guard permit.generation == generation else { return }
        switch phase {
        case .closed:
            guard outcome != .neither else { return }
            recordClosed(isFailure: outcome == .failure, at: now)
        case .halfOpen(let underWay, let succeeded):
            switch outcome {
            case .failure:
                open(at: now)
            case .neither:
                phase = .halfOpen(underWay: underWay - 1, succeeded: succeeded)
            case .success where succeeded + 1 >= options.trials:
                close()
            case .success:
                phase = .halfOpen(underWay: underWay - 1, succeeded: succeeded + 1)
            }
        case .open:
            return
        }
    }

    /// Takes in what a readiness probe came to; probes open nothing, real calls do.
    mutating func probed(isReady: Bool, at now: MonotonicInstant) {
        guard case .open(let until) = phase, isReady, now >= until else { return }
        phase = .halfOpen(underWay: 0, succeeded: 0)
        generation += 1
    }

    private mutating func recordClosed(isFailure: Bool, at now: MonotonicInstant) {
        recent.removeAll { now - $0.at > options.windowTime }
        if recent.count >= options.window { recent.removeFirst() }
        recent.append((isFailure, now))
        let failures = recent.count(where: \.isFailure)
        if recent.count >= options.minimumCalls,
            Double(failures) >= options.failureRatio * Double(recent.count), failures > 0
        {
            open(at: now)
        }
    }

    private mutating func open(at now: MonotonicInstant) {
        var time = options.openTime
        for _ in 0..<min(openings, 30) where time < options.maximumOpenTime {
            time = time + time
        }
        phase = .open(until: now + min(time, options.maximumOpenTime))
        openings += 1
        generation += 1
        recent.removeAll()
    }

    private mutating func close() {
        phase = .closed
        openings = 0
        generation += 1
        recent.removeAll()
    }
}
