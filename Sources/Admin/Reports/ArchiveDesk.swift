// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Gateway
import Hummingbird
import Synchronization
import Vocabulary

/// Looks decisions up in the log, one at a time and on a thread of its own: the log may be large.
final class ArchiveDesk: Sendable {
    /// How many questions wait; more are refused.
    private static let limit = 8

    private let gateway: Gateway
    private let queue = DispatchQueue(label: "sluice.admin.archive")
    private let waiting = Atomic<Int>(0)

    init(gateway: Gateway) {
        self.gateway = gateway
    }

    /// The story of the decision `id` as JSON.
    func story(of id: String) async throws -> [UInt8] {
        defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
        guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= Self.limit else {
            throw HTTPError(
                .serviceUnavailable,
                headers: [.retryAfter: "1"],
                message: "too many decisions are being looked up"
            )
        }
        let found: Result<DecisionStory?, DecisionArchive.Failure> = await withCheckedContinuation {
            continuation in
            queue.async { [gateway] in
                do throws(DecisionArchive.Failure) {
                    continuation.resume(returning: .success(try gateway.story(of: id)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        switch found {
        case .success(let story?):
            // One story as the command prints a list of them.
            return Array(DecisionStory.json([story]).utf8.dropFirst().dropLast())
        case .success(nil):
            throw HTTPError(
                .notFound,
                message: "there is no decision \(id) in the log: it has been turned over, or the "
                    + "decision left nothing behind and was not among those that "
                    + "`decisions: { sample: … }` logs"
            )
        case .failure(let failure):
            throw HTTPError(.notFound, message: failure.description)
        }
    }
}
