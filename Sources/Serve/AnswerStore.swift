// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Hummingbird
import Synchronization

/// Gives a request that comes again under its idempotency key the answer it had.
///
/// In memory, bounded; with a file also on disk, so that a restart forgets nothing. A repeat that comes while
/// the first is being worked on waits for it. Failures are not kept: a repeat tries again. What comes under
/// a known key and asks for something else (another model, another encoding) is worked out for itself:
/// a model has no effects that could happen twice.
final class AnswerStore: Sendable {
    private typealias Shelf = AnswerShelf<CheckedContinuation<Void, Never>>

    private let shelf: Mutex<Shelf>
    private let file: AnswerFile?

    /// Makes a store; with a file that it opens, or creates.
    ///
    /// Throws what the database says when the file cannot be used.
    init(maximumAnswers: Int, maximumBytes: Int, file: String?) throws {
        shelf = Mutex(Shelf(maximumAnswers: maximumAnswers, maximumBytes: maximumBytes))
        self.file = try file.map { path in
            try AnswerFile(path: path, maximumAnswers: maximumAnswers, maximumBytes: maximumBytes)
        }
    }

    /// The body that answers a request: the one it had, or what `compute` makes of it.
    func answer(
        _ key: String,
        to request: [UInt8],
        compute: () async throws(ServeError) -> [UInt8]
    ) async throws(ServeError) -> (body: [UInt8], isRepeat: Bool) {
        let digest = Array(SHA256.hash(data: request))
        let key = Self.name(key, digest)
        while true {
            var claim: Shelf.Claim = .wait
            await withCheckedContinuation { (waiter: CheckedContinuation<Void, Never>) in
                claim = shelf.withLock { $0.claim(key, waiter: waiter) }
                if case .wait = claim { return }
                waiter.resume()
            }
            switch claim {
            case .answered(let answer): return (answer.body, true)
            case .wait: continue
            case .workItOut: return try await workOut(key, digest, compute)
            }
        }
    }

    /// What a request is known by on the shelf: its key, and what it asks for.
    private static func name(_ key: String, _ digest: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return key + " " + String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    private func workOut(
        _ key: String,
        _ digest: [UInt8],
        _ compute: () async throws(ServeError) -> [UInt8]
    ) async throws(ServeError) -> (body: [UInt8], isRepeat: Bool) {
        var waiters: [CheckedContinuation<Void, Never>] = []
        defer { for waiter in waiters { waiter.resume() } }
        if let kept = await file?.answer(key) {
            waiters = shelf.withLock { $0.finish(key, kept) }
            return (kept.body, true)
        }
        do throws(ServeError) {
            let answer = KeptAnswer(request: digest, body: try await compute())
            // What a restart must not forget is on disk before anybody hears it.
            await file?.keep(key, answer)
            waiters = shelf.withLock { $0.finish(key, answer) }
            return (answer.body, false)
        } catch {
            waiters = shelf.withLock { $0.fail(key) }
            throw error
        }
    }
}
