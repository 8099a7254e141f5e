// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Synchronization
import Testing

@testable import Serve

/// What was answered is answered again, and nothing twice.
@Suite struct AnswerShelfTests {
    private func kept(_ request: UInt8, bytes: Int = 10) -> KeptAnswer {
        KeptAnswer(request: [request], body: [UInt8](repeating: request, count: bytes))
    }

    private func word(_ claim: AnswerShelf<Int>.Claim) -> String {
        switch claim {
        case .workItOut: "work"
        case .answered(let answer): "answered \(answer.body[0])"
        case .wait: "wait"
        }
    }

    private func says(_ claim: AnswerShelf<Int>.Claim, _ expected: String) {
        #expect(word(claim) == expected)
    }

    private func same(_ waiters: [Int], _ expected: [Int]) {
        #expect(waiters == expected)
    }

    @Test func `the first works it out, those beside it wait, those after it hear the same`() {
        var shelf = AnswerShelf<Int>(maximumAnswers: 10, maximumBytes: 10_000)
        says(shelf.claim("a", waiter: 1), "work")
        says(shelf.claim("a", waiter: 2), "wait")
        says(shelf.claim("b", waiter: 4), "work")
        same(shelf.finish("a", kept(1)), [2])
        says(shelf.claim("a", waiter: 5), "answered 1")
    }

    @Test func `a failure is not kept: who waited tries by itself`() {
        var shelf = AnswerShelf<Int>(maximumAnswers: 10, maximumBytes: 10_000)
        _ = shelf.claim("a", waiter: 1)
        _ = shelf.claim("a", waiter: 2)
        same(shelf.fail("a"), [2])
        says(shelf.claim("a", waiter: 2), "work")
    }

    @Test func `the oldest answers go first, by number and by bytes`() {
        var shelf = AnswerShelf<Int>(maximumAnswers: 3, maximumBytes: 1_000)
        for index in 0..<5_000 { shelf.keep("\(index)", kept(1)) }
        #expect(shelf.count == 3)
        says(shelf.claim("4999", waiter: 1), "answered 1")
        says(shelf.claim("4996", waiter: 1), "work")
        shelf.keep("large", kept(1, bytes: 700))
        #expect(shelf.count == 2 && shelf.bytes <= 1_000)
        shelf.keep("too large", kept(1, bytes: 2_000))
        #expect(shelf.count == 2)
    }

    @Test func `answers are kept over a restart where there is a file`() async throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "answers-\(UUID().uuidString)").path
        defer {
            for end in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: path + end)
            }
        }
        let runs = Mutex(0)
        for expected in [false, true] {
            let store = try AnswerStore(maximumAnswers: 10, maximumBytes: 1 << 20, file: path)
            let (body, isRepeat) = try await store.answer("a", to: [1, 2]) {
                () async throws(ServeError) in
                runs.withLock { $0 += 1 }
                return [7]
            }
            #expect(body == [7] && isRepeat == expected)
        }
        #expect(runs.withLock { $0 } == 1)
    }

    @Test func `what asks another model under the same key has an answer of its own (G1)`()
        async throws
    {
        let store = try AnswerStore(maximumAnswers: 10, maximumBytes: 1 << 20, file: nil)
        for isRepeat in [false, true] {
            for model: UInt8 in [1, 2] {
                let answer = try await store.answer("a", to: [model]) {
                    () async throws(ServeError) in [model]
                }
                #expect(answer.body == [model] && answer.isRepeat == isRepeat)
            }
        }
    }

    @Test func `many at once with one key are worked out once`() async throws {
        let store = try AnswerStore(maximumAnswers: 10, maximumBytes: 1 << 20, file: nil)
        let count = Count()
        let repeats = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await store.answer("a", to: [1]) { () async throws(ServeError) in
                        count.runs.withLock { $0 += 1 }
                        await Task.yield()
                        return [7]
                    }.isRepeat
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(count.runs.withLock { $0 } == 1 && repeats == 49)
    }

    /// Shared by the tasks of a test.
    private final class Count: Sendable {
        let runs = Mutex(0)
    }
}
