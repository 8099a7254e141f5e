// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Connects on a thread beside the owner's, so that a slow resolver or a silent host blocks nobody.
final class MQTTDialer: Sendable {
    // A connection belongs to one thread at a time: the dialling thread lets go of it when it puts
    // it here, and whoever takes it out is alone with it.
    private struct Handover: @unchecked Sendable {
        var result: Result<MQTTConnection, MQTTFailure>
    }

    private struct State {
        var attempt = 0
        var underway = 0
        var handover: Handover?
    }

    /// How many abandoned attempts may still hang in the kernel before no new one is begun.
    private static let mostUnderway = 4

    private let options: MQTTOptions
    private let wake: WakeSignal
    // Touched by the owner and by the dialling threads, a few times per attempt.
    private let state = Mutex(State())

    init(options: MQTTOptions, wake: WakeSignal) {
        self.options = options
        self.wake = wake
    }

    /// Begins an attempt; `wake` is raised when it has ended.
    func begin() {
        let attempt = state.withLock { state -> Int? in
            state.attempt += 1
            state.handover = nil
            guard state.underway < Self.mostUnderway else { return nil }
            state.underway += 1
            return state.attempt
        }
        guard let attempt else { return }
        let thread = LoopThread(name: "mqtt-dial") { [self] in
            let handover = Self.dial(options)
            state.withLock { state in
                state.underway -= 1
                if state.attempt == attempt { state.handover = handover }
            }
            wake.raise()
        }
        guard thread == nil else { return }
        let failure = MQTTFailure(
            kind: .unreachable,
            message: "no thread is left to connect to \(options.host):\(options.port) with",
            advice: "raise the limit of threads (TasksMax, RLIMIT_NPROC)"
        )
        state.withLock { state in
            state.underway -= 1
            if state.attempt == attempt { state.handover = Handover(result: .failure(failure)) }
        }
        wake.raise()
    }

    /// The result of the attempt, once; nil while it is under way.
    func take() -> Result<MQTTConnection, MQTTFailure>? {
        state.withLock { state in
            let handover = state.handover
            state.handover = nil
            return handover
        }?.result
    }

    /// Forgets the attempt under way; its result is thrown away.
    func abandon() {
        state.withLock { state in
            state.attempt += 1
            state.handover = nil
        }
    }

    private static func dial(_ options: MQTTOptions) -> Handover {
        do throws(MQTTFailure) {
            var options = options
            try options.renew?(&options)
            let connection = try MQTTConnection(options: options)
            try connection.dial()
            return Handover(result: .success(connection))
        } catch {
            return Handover(result: .failure(error))
        }
    }
}
