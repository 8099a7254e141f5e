// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Logging
import MQTT
import Synchronization
public import Vocabulary

/// One connection, one thread: reads bursts of messages, has them handled, and acknowledges them
/// only after they are settled.
///
/// What a crash can cost: nothing that arrived with QoS 1. The broker sends every message again
/// whose acknowledgement had not left, marked as a duplicate.
public final class Lane: Sendable {
    /// How it reads.
    public let options: LaneOptions
    /// How far its loop has come.
    public let progress = LaneProgress()

    let makeHandler: @Sendable () -> any LaneHandler
    let time: any TimeSource
    let logger: Logger
    let signal = WakeSignal()
    // Written by the lane once a burst, read by whoever reports.
    let state: Mutex<LaneStatus>
    let isStopRequested = Atomic<Bool>(false)
    let isHoldRequested = Atomic<Bool>(false)
    private let thread = Mutex<LoopThread?>(nil)

    /// Makes a lane; nothing happens before `start`.
    ///
    /// `handler` is called once, on the lane's thread.
    public init(
        options: LaneOptions,
        time: any TimeSource,
        logger: Logger,
        handler: @escaping @Sendable () -> any LaneHandler
    ) {
        self.options = options
        self.time = time
        var logger = logger
        logger[metadataKey: "lane"] = "\(options.name)"
        self.logger = logger
        makeHandler = handler
        state = Mutex(LaneStatus(name: options.name))
    }

    /// Starts the thread; once.
    ///
    /// False while the system has no thread left: to be tried again. The broker need not be there yet.
    @discardableResult
    public func start() -> Bool {
        thread.withLock { thread in
            guard thread == nil else { return true }
            thread = LoopThread(name: "lane-\(options.name)") { [self] in
                LaneLoop(self).run()
            }
            guard thread == nil else { return true }
            state.withLock { $0.lastError = "the system has no thread left for the lane" }
            logger.error(
                "no thread is left for the lane; trying again",
                metadata: ["advice": "raise the limit of threads (TasksMax, RLIMIT_NPROC)"]
            )
            return false
        }
    }

    /// Asks it to settle what is open, write the acknowledgements out and disconnect; any thread.
    public func requestStop() {
        isStopRequested.store(true, ordering: .releasing)
        signal.raise()
    }

    /// Has it settle what is open, write the acknowledgements out and leave the broker, which keeps what
    /// comes, until it is let go again; any thread, before `start` too.
    public func hold(_ isHeld: Bool) {
        isHoldRequested.store(isHeld, ordering: .releasing)
        signal.raise()
    }

    /// Waits until it has stopped; false when `limit` passes first.
    public func waitUntilStopped(within limit: Interval) -> Bool {
        guard let thread = thread.withLock({ $0 }) else { return true }
        return thread.waitUntilFinished(within: limit.seconds)
    }

    /// Tells the lane that an effect has completed, so that it looks whether it can settle; any
    /// thread, never blocks.
    public func wake() {
        signal.raise()
    }

    /// What is known about the lane now.
    public var status: LaneStatus {
        var status = state.withLock { $0 }
        if let since = status.pausedSince {
            status.secondsPaused += max(0, (time.now - since).seconds)
        }
        return status
    }
}
