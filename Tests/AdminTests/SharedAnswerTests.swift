// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Logging
import NIOCore
import Synchronization
import TestKit
import Testing
import Vocabulary

@testable import Admin

extension `The threads of onlookers` {
    @Suite struct `An answer that many ask for` {
        private struct Refused: Error {}

        private final class Work: Sendable {
            private let begun = Atomic(0)

            /// How often it was begun.
            var times: Int { begun.load(ordering: .relaxed) }

            func begin() -> Int { begun.add(1, ordering: .relaxed).newValue }
        }

        private let clock = ManualClock()
        private let silence = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

        @Test func `holds up nothing else while it is worked out`() async throws {
            _ = await OnlookerThreads.begin(silence)
            let isAnswered = DispatchSemaphore(value: 0)
            let work = Work()
            let answer = SharedAnswer(time: clock) {
                _ = work.begin()
                // Ends only when something else was answered: what waits for this may hold no thread.
                isAnswered.wait()
                return ByteBuffer(string: "slow")
            }
            let bytes = try await withTaskExecutorPreference(OnlookerThreads.answers) {
                try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
                    for _ in 0..<8 { group.addTask { try await answer.bytes } }
                    group.addTask {
                        while work.times == 0 { await Task.yield() }
                        for _ in 0..<100 { await Task.yield() }
                        isAnswered.signal()
                        return ByteBuffer(string: "quick")
                    }
                    return try await group.reduce(into: [String]()) {
                        $0.append(String(buffer: $1))
                    }
                }
            }
            #expect(bytes.sorted() == ["quick"] + Array(repeating: "slow", count: 8))
            #expect(work.times == 1)
        }

        @Test func `is worked out again after half a second`() async throws {
            _ = await OnlookerThreads.begin(silence)
            let work = Work()
            let answer = SharedAnswer(time: clock) {
                ByteBuffer(integer: work.begin())
            }
            let first = try await answer.bytes
            clock.advance(by: .milliseconds(499))
            #expect(try await answer.bytes == first)
            clock.advance(by: .milliseconds(1))
            #expect(try await answer.bytes != first)
            #expect(work.times == 2)
        }

        @Test func `keeps no failure`() async throws {
            _ = await OnlookerThreads.begin(silence)
            let work = Work()
            let answer = SharedAnswer(time: clock) {
                guard work.begin() > 1 else { throw Refused() }
                return ByteBuffer(string: "there")
            }
            await #expect(throws: Refused.self) { try await answer.bytes }
            #expect(try await answer.bytes == ByteBuffer(string: "there"))
        }
    }
}
