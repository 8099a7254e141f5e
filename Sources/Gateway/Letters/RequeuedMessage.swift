// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Decode
import FoundationEssentials
import Infer
import Spool
import Vocabulary

/// What is known of a message that a person sent again: the letter it was.
struct RequeuedMessage: Codable, Hashable, Sendable {
    /// The letter's number and time, which tell it from every other where its readings have no mark.
    var letter: Int64
    var time: Int64
    /// The lane it came by, which knows how often its device's counter has started again.
    var lane: String
}

extension PendingMessage {
    /// A message that was a dead letter, for whichever policies its topic matches.
    init(requeued stored: StoredDeadLetter) {
        topic = stored.letter.topic
        payload = Data(stored.letter.payload)
        arrival = stored.letter.time.nanoseconds
        isRetained = false
        policy = ""
        ids = [:]
        requeued = RequeuedMessage(
            letter: stored.id,
            time: stored.letter.time.nanoseconds,
            lane: stored.letter.input
        )
    }
}

extension MessagePath {
    /// Gives a message that was sent again to every policy that its topic matches.
    func admit(
        _ message: PendingMessage,
        _ requeued: RequeuedMessage,
        at index: Int,
        of batch: Batch
    ) {
        let matches = runtimes.compactMap { runtime in
            runtime.policy.match.captures(in: message.topic).map { (runtime, $0) }
        }
        if matches.isEmpty {
            bury(
                batch.messages[index],
                Array(message.payload),
                code: .noPolicy,
                "it was sent again, and no policy matches its topic"
            )
        }
        for (runtime, captures) in matches {
            guard !runtime.bound.models.contains(where: \.remembers) else {
                bury(
                    batch.messages[index],
                    Array(message.payload),
                    code: .outOfOrder,
                    "it was sent again, and a model of policy `\(runtime.policy.name)` remembers: it "
                        + "takes its readings in order only"
                )
                continue
            }
            runtime.waiting.append(
                .init(message: index, captures: captures, requeued: requeued)
            )
        }
    }

    /// What told a reading of a message sent again from others, or would have.
    func mark(
        of row: ReadingBatch.Row,
        topic: String,
        content: ContentDigest,
        _ requeued: RequeuedMessage,
        policy: String
    ) -> InputIdentity.Mark {
        if let sequence = row.sequence {
            let known = try? EpochRecord.load(
                policy: policy,
                lane: requeued.lane,
                from: parts.spool
            )
            let epoch = known?.epochs.last { $0.device == row.device && $0.topic == topic }
            return .sequence(sequence, epoch: epoch?.epoch ?? known?.firstEpoch ?? 0)
        } else if let time = row.deviceTime {
            return .time(time, content: content, repetition: 0)
        } else {
            return .content(
                content,
                run: UInt64(bitPattern: requeued.time),
                ordinal: UInt64(bitPattern: requeued.letter)
            )
        }
    }
}
