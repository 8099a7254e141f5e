// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import COnnxRuntime
import Glibc
import Synchronization
import Vocabulary

/// The options of one lane's runs of one model, and the means to end a run that takes far too long.
///
/// The lane arms it before each run and disarms it after; the watchdog looks at it from its own
/// thread. One atomic word holds the state, so that arming costs no lock and no wake-up.
///
/// A run is over its limit when its thread has computed for so long: on a busy machine a run that is
/// seldom given a processor takes long and is not at fault. A run that waits for something else is
/// ended after `patience` limits more.
///
/// C functions: `CreateRunOptions`, `RunOptionsSetTerminate`, `RunOptionsUnsetTerminate`.
final class RunGuard: @unchecked Sendable {
    // Sendable by hand: the pointer never changes, and the state word decides which thread may use
    // it.
    let runtime: OnnxRuntime
    let options: OpaquePointer
    /// What the run is doing: zero without one, else the monotonic nanosecond at which it is to be
    /// ended.
    ///
    /// `ending` while the watchdog tells the runtime, `ended` when it has.
    private let state = Atomic<Int64>(0)
    /// How long the run may compute.
    private let limit = Atomic<Int64>(0)
    /// The clock of the processor time that the run's thread has had.
    private let clock = Atomic<Int32>(0)
    /// The run that the watchdog saw last, by its end, and what its thread had computed then; the
    /// watchdog's own.
    private var seen: (end: Int64, computed: Int64) = (0, 0)

    private static let patience: Int64 = 10
    private static let ending: Int64 = -1
    private static let ended: Int64 = -2

    init(runtime: OnnxRuntime) throws(OnnxError) {
        self.runtime = runtime
        options = try runtime.made { sluice_ort_create_run_options(runtime.api, $0) }
    }

    deinit {
        sluice_ort_release_run_options(runtime.api, options)
    }

    /// Starts to count: the run that follows, on this thread, is ended when it computes for longer than
    /// `limit`.
    func arm(limit: Interval) {
        let end = RunWatchdog.now() &+ limit.nanoseconds
        var own = clockid_t()
        pthread_getcpuclockid(pthread_self(), &own)
        clock.store(own, ordering: .relaxed)
        self.limit.store(limit.nanoseconds, ordering: .relaxed)
        state.store(end, ordering: .sequentiallyConsistent)
        RunWatchdog.shared.noticeRun()
    }

    /// Stops to count; true when the watchdog ended the run.
    func disarm() -> Bool {
        while true {
            let seen = state.load(ordering: .sequentiallyConsistent)
            switch seen {
            case Self.ending:
                // The watchdog is between two instructions: it must not reach into the next run.
                sched_yield()
            case Self.ended:
                if let status = sluice_ort_unset_terminate(runtime.api, options) {
                    sluice_ort_release_status(runtime.api, status)
                }
                state.store(0, ordering: .sequentiallyConsistent)
                return true
            default:
                let (isDone, _) = state.compareExchange(
                    expected: seen,
                    desired: 0,
                    ordering: .sequentiallyConsistent
                )
                if isDone { return false }
            }
        }
    }

    private func isOver(_ end: Int64, at now: Int64) -> Bool {
        let computed = Self.reading(of: clock.load(ordering: .relaxed))
        if seen.end != end { seen = (end, computed ?? 0) }
        guard end <= now else { return false }
        let limit = limit.load(ordering: .relaxed)
        let longest = limit.multipliedReportingOverflow(by: Self.patience)
        guard let computed, longest.overflow || now - end < longest.partialValue else {
            return true
        }
        return computed - seen.computed >= limit
    }

    /// What a thread has computed, in nanoseconds; nil when it is gone.
    private static func reading(of clock: clockid_t) -> Int64? {
        var time = timespec()
        guard clock_gettime(clock, &time) == 0 else { return nil }
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Ends the run under way when its time is over; true while a run is under way.
    func inspect(at now: Int64) -> Bool {
        let end = state.load(ordering: .sequentiallyConsistent)
        guard end > 0 else { return false }
        guard isOver(end, at: now) else { return true }
        let (isMine, _) = state.compareExchange(
            expected: end,
            desired: Self.ending,
            ordering: .sequentiallyConsistent
        )
        guard isMine else { return true }
        if let status = sluice_ort_set_terminate(runtime.api, options) {
            sluice_ort_release_status(runtime.api, status)
        }
        state.store(Self.ended, ordering: .sequentiallyConsistent)
        return true
    }
}
