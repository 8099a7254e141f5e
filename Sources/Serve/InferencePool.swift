// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Hummingbird
import Infer
import Synchronization
import Vocabulary

/// A few threads that run models, so that a slow one never holds up the server's event loops.
///
/// Each thread has its own part of the engine. Requests wait in one bounded line.
final class InferencePool: Sendable {
    typealias Answer = Result<[Tensor], OnnxError>

    private struct Job: Sendable {
        var model: ModelReference
        var inputs: [Tensor]
        var continuation: CheckedContinuation<Answer?, Never>
    }

    private struct Line {
        var jobs: [Job] = []
        /// Jobs before it have been taken.
        var head = 0
        var isOpen = true

        var waiting: Int { jobs.count - head }

        mutating func take() -> Job? {
            guard head < jobs.count else { return nil }
            let job = jobs[head]
            head += 1
            if head == jobs.count || head > 1_024 {
                jobs.removeFirst(head)
                head = 0
            }
            return job
        }
    }

    private let engine: CoreEngine
    private let time: any TimeSource
    private let threads: Int
    private let maximumWaiting: Int
    private let line = Mutex(Line())
    private let ready = ThreadSignal()

    init(engine: CoreEngine, time: any TimeSource, threads: Int, maximumWaiting: Int) {
        self.engine = engine
        self.time = time
        self.threads = max(1, threads)
        self.maximumWaiting = max(1, maximumWaiting)
    }

    /// Starts the threads; they live until `stop`.
    func start() {
        for _ in 0..<threads {
            var thread = pthread_t()
            let pool = Unmanaged.passRetained(self).toOpaque()
            let result = pthread_create(&thread, nil, Self.entry, pool)
            if result == 0 {
                pthread_detach(thread)
            } else {
                Unmanaged<InferencePool>.fromOpaque(pool).release()
            }
        }
    }

    /// Lets no more in; runs under way finish, what waits is refused.
    func stop() {
        let left = line.withLock { line in
            line.isOpen = false
            let left = line.jobs[line.head...]
            line.jobs = []
            line.head = 0
            return left
        }
        for job in left { job.continuation.resume(returning: nil) }
        for _ in 0..<threads { ready.signal() }
    }

    /// What `model` makes of `inputs`, once a thread is free.
    func run(_ model: ModelReference, inputs: [Tensor]) async throws(ServeError) -> [Tensor] {
        let answer = await withCheckedContinuation { continuation in
            let job = Job(model: model, inputs: inputs, continuation: continuation)
            let isTaken = line.withLock { line in
                guard line.isOpen, line.waiting < maximumWaiting else { return false }
                line.jobs.append(job)
                return true
            }
            if isTaken {
                ready.signal()
            } else {
                continuation.resume(returning: nil)
            }
        }
        switch answer {
        case .success(let outputs): return outputs
        case .failure(let error): throw ServeError(error)
        case nil: throw ServeError(.serviceUnavailable, "too many requests wait already")
        }
    }

    private static let entry:
        @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
            if let argument {
                Unmanaged<InferencePool>.fromOpaque(argument).takeRetainedValue().work()
            }
            return nil
        }

    private func work() {
        let lane = engine.makeLane(time: time)
        while true {
            ready.wait()
            let (job, isOpen) = line.withLock { line in (line.take(), line.isOpen) }
            guard let job else {
                if isOpen { continue }
                return
            }
            let answer: Answer
            do throws(OnnxError) {
                answer = .success(try lane.run(job.model, inputs: job.inputs))
            } catch {
                answer = .failure(error)
            }
            job.continuation.resume(returning: answer)
        }
    }
}

/// A counting semaphore.
private final class ThreadSignal: @unchecked Sendable {
    // Sendable by hand: the pointer never changes, and a semaphore is made to be shared by threads.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() {
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() {
        sem_post(semaphore)
    }

    func wait() {
        while sem_wait(semaphore) != 0 {}
    }
}
