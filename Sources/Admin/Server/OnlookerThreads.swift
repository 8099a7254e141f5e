// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// The threads of both servers, apart from Swift's, which questions and the drain share.
///
/// What is done for who looks on gives way: the lanes go first where processors are few. On Linux a thread has a
/// niceness of its own, which nothing makes smaller again and which every thread that it starts begins with. Hence two
/// rules: what such a thread locks is held for moments where a lane may want it (Architecture, "Onlookers"); and what
/// may start other threads, or have Swift start some, runs on `changes`, which are like any others.
///
/// They are made here and not by NIO, whose threads end the process where the system has none left.
final class OnlookerThreads: TaskExecutor {
    /// A ninth of the processor time of a thread with nothing said, where both want all of it.
    static let niceness: Int32 = 10
    /// What answers who looks on; two, so that one long answer holds up no other.
    static let answers = OnlookerThreads(2, name: "onlook", isGivingWay: true)
    /// What changes something where it is asked to.
    static let changes = OnlookerThreads(2, name: "change", isGivingWay: false)

    /// The system has no thread left for this process.
    private struct NoThread: Error {
        var code: Int32
    }

    /// What reads and writes the sockets; nil until all threads run.
    private static let sockets = Mutex<(any EventLoop)?>(nil)
    private static let isRefusalTold = Atomic<Bool>(false)

    private let count: Int
    private let name: String
    private let isGivingWay: Bool
    private let started = Mutex(0)
    private let jobs = Mutex(CircularBuffer<UnownedJob>())
    /// As many as there are jobs.
    private let waiting = DispatchSemaphore(value: 0)

    private init(_ count: Int, name: String, isGivingWay: Bool) {
        self.count = count
        self.name = name
        self.isGivingWay = isGivingWay
    }

    /// Starts all of them, unless they run; what reads and writes the sockets, or nil when the gateway ends before.
    ///
    /// While the system has no thread for one of them, that is said, tried again, and everything else goes on. To be
    /// called on a thread whose niceness is nobody's in particular.
    static func begin(_ logger: Logger) async -> (any EventLoop)? {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do throws(NoThread) {
                return try start(logger)
            } catch {
                logger.error(
                    "no thread is left to answer who looks on; trying again",
                    metadata: [
                        "error": "\(String(cString: strerror(error.code)))",
                        "advice": "raise the limit of threads (TasksMax, RLIMIT_NPROC)",
                    ]
                )
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(5)) }
        }
        return nil
    }

    /// Has a thread run the job; any thread.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        waiting.signal()
    }

    private static func start(_ logger: Logger) throws(NoThread) -> any EventLoop {
        try sockets.withLock { sockets throws(NoThread) in
            if let sockets { return sockets }
            try changes.start(logger)
            try answers.start(logger)
            let loop = try startLoop(logger)
            sockets = loop
            return loop
        }
    }

    private static func startLoop(_ logger: Logger) throws(NoThread) -> any EventLoop {
        let begun = Mutex<(any EventLoop)?>(nil)
        let hasBegun = DispatchSemaphore(value: 0)
        try thread("onlook-io", givingWay: logger) {
            MultiThreadedEventLoopGroup.withCurrentThreadAsEventLoop { loop in
                begun.withLock { $0 = loop }
                hasBegun.signal()
            }
        }
        hasBegun.wait()
        guard let loop = begun.withLock({ $0 }) else { throw NoThread(code: EAGAIN) }
        return loop
    }

    private func start(_ logger: Logger) throws(NoThread) {
        try started.withLock { started throws(NoThread) in
            while started < count {
                try Self.thread(name, givingWay: isGivingWay ? logger : nil) { [self] in run() }
                started += 1
            }
        }
    }

    private func run() {
        while true {
            waiting.wait()
            guard let job = jobs.withLock({ $0.popFirst() }) else { continue }
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    /// Starts a thread that runs `body`; one that is to give way is given the log for what may be amiss with that.
    private static func thread(
        _ name: String,
        givingWay logger: Logger?,
        _ body: @escaping @Sendable () -> Void
    ) throws(NoThread) {
        let work = Unmanaged.passRetained(
            Work {
                isCalled(name)
                if let logger { giveWay(logger) }
                body()
            }
        )
        var thread = pthread_t()
        let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { work in
            if let work { Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
            return nil
        }
        let code = pthread_create(&thread, nil, main, work.toOpaque())
        guard code == 0 else {
            work.release()
            throw NoThread(code: code)
        }
        pthread_detach(thread)
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private static func giveWay(_ logger: Logger) {
        guard setpriority(.init(PRIO_PROCESS.rawValue), 0, niceness) != 0 else { return }
        let error = String(cString: strerror(errno))
        guard !isRefusalTold.exchange(true, ordering: .relaxed) else { return }
        logger.warning(
            "the threads that answer who looks on cannot give way to the lanes",
            metadata: ["error": "\(error)", "advice": "allow the system call setpriority"]
        )
    }

    /// Names the thread for who looks at the process; Swift's Glibc has no pthread_setname_np.
    private static func isCalled(_ name: String) {
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, name, name.utf8.count)
        close(file)
    }
}
