// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import NIOPosix

/// The threads of both servers, apart from Swift's, which questions and the drain share.
///
/// What is done for who looks on gives way: the lanes go first where processors are few. On Linux a thread has a
/// niceness of its own, which nothing makes smaller again and which every thread that it starts begins with. Hence two
/// rules: what such a thread locks a lane must not wait for, or for a few loads only; and what may start other threads,
/// or have Swift start some, runs on `changes`, which are like any others.
///
/// The lock guards the jobs that wait, and both pointers live as long as the process.
final class OnlookerThreads: TaskExecutor, @unchecked Sendable {
    /// A ninth of the processor time of a thread with nothing said, where both want all of it.
    static let niceness: Int32 = 10
    /// What answers who looks on; two, so that one long answer holds up no other.
    static let answers = OnlookerThreads(2, name: "onlook", isGivingWay: true)
    /// What changes something where it is asked to.
    static let changes = OnlookerThreads(2, name: "change", isGivingWay: false)
    /// What reads and writes the sockets.
    static let loops: MultiThreadedEventLoopGroup = {
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        loops.next().execute { giveWay(as: "onlook-io") }
        return loops
    }()

    /// How many places of jobs begun are kept before the others move up.
    private static let slack = 1_024

    private let name: String
    private let isGivingWay: Bool
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let isFilled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [UnownedJob] = []
    private var begun = 0

    private init(_ count: Int, name: String, isGivingWay: Bool) {
        self.name = name
        self.isGivingWay = isGivingWay
        pthread_mutex_init(lock, nil)
        pthread_cond_init(isFilled, nil)
        for _ in 0..<count { start() }
    }

    /// Starts all of them, on a thread whose niceness is nobody's in particular, before one that gives way could.
    static func begin() {
        _ = (changes, answers, loops)
    }

    /// Has a thread run the job; any thread.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pthread_mutex_lock(lock)
        jobs.append(job)
        pthread_mutex_unlock(lock)
        pthread_cond_signal(isFilled)
    }

    private func start() {
        var thread = pthread_t()
        let own = Unmanaged.passUnretained(self).toOpaque()
        let result = pthread_create(&thread, nil, Self.main, own)
        precondition(result == 0, "the system has no thread left at the start")
        pthread_detach(thread)
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? =
        { pointer in
            guard let pointer else { return nil }
            Unmanaged<OnlookerThreads>.fromOpaque(pointer).takeUnretainedValue().run()
        }

    private static func giveWay(as name: String) {
        isCalled(name)
        setpriority(.init(PRIO_PROCESS.rawValue), 0, niceness)
    }

    /// Names the thread for who looks at the process; Swift's Glibc has no pthread_setname_np.
    private static func isCalled(_ name: String) {
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, name, name.utf8.count)
        close(file)
    }

    private func run() -> Never {
        if isGivingWay {
            Self.giveWay(as: name)
        } else {
            Self.isCalled(name)
        }
        while true {
            pthread_mutex_lock(lock)
            while begun == jobs.count { pthread_cond_wait(isFilled, lock) }
            let job = jobs[begun]
            begun += 1
            if begun == jobs.count || begun == Self.slack {
                jobs.removeFirst(begun)
                begun = 0
            }
            pthread_mutex_unlock(lock)
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
