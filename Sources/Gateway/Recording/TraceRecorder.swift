// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Logging
import Synchronization
import Trace
import Vocabulary

/// Records what is decided, while somebody wants it.
///
/// While nobody does, a reading costs one load of an atomic. Otherwise its lane copies the reading's
/// values into a line and hands it over; text is made of it, and written, by the gateway's housekeeping.
/// Any thread may use it.
final class TraceRecorder: Sendable {
    /// How many recordings may run at once.
    static let limit = 4

    private let site: String
    private let program: String
    private let key: SiteKey
    private let time: any TimeSource
    private let logger: Logger
    private let count = Atomic<Int>(0)
    private let recordings = Mutex<[Recording]>([])
    private let ended = Mutex<[RecordingStatus]>([])
    private let failing = Mutex<Set<String>>([])

    init(
        site: String,
        program: String,
        key: SiteKey,
        time: any TimeSource,
        logger: Logger
    ) {
        self.site = site
        self.program = program
        self.key = key
        self.time = time
        self.logger = logger
    }

    /// True while something is recorded.
    var isActive: Bool { count.load(ordering: .relaxed) > 0 }

    // MARK: - What is recorded

    /// A reading was decided; `actions` are the places of those whose conditions hold for its local answer.
    ///
    /// `audit` is the probability with which the cloud's word was asked for; nil when it was not.
    func decided(
        _ verge: Verge,
        id: DecisionID,
        actions: [Int],
        audit: Double?,
        engine: CoreEngine?
    ) {
        let wanted = recordings.withLock { $0.filter { $0.admits(id) } }
        guard !wanted.isEmpty else { return }
        let decision = TraceDecision(
            verge,
            id: id,
            actions: actions,
            audit: audit,
            engine: engine,
            at: time.now
        )
        for recording in wanted {
            switch recording.sink {
            case .local(let writer): writer.append(.decision(decision))
            case .outbound(let writer):
                let policy = verge.policy
                let line = ReleasedLine(
                    decision,
                    allowance: .init(
                        fields: policy.reading.fields.map(\.name),
                        send: Set(policy.privacy.send),
                        hashed: policy.privacy.hashed,
                        rounded: policy.privacy.rounded
                    ),
                    hash: key.pseudonym
                )
                writer.append(line)
            }
        }
    }

    /// Somebody who knows better has spoken.
    func answered(_ verdict: TraceVerdict) {
        for recording in recordings.withLock({ $0 }) where recording.admits(verdict.id) {
            switch recording.sink {
            case .local(let writer): writer.append(.verdict(verdict))
            case .outbound(let writer): writer.append(ReleasedLine(verdict))
            }
        }
    }

    // MARK: - Beginning and ending

    /// Begins to record; throws, in words for a person, when it cannot.
    func start(_ request: RecordingRequest) throws(RecordingRefusal) -> RecordingStatus {
        let header = TraceHeader(
            site: site,
            started: time.wallTime,
            scope: request.scope,
            program: program,
            sample: request.sample
        )
        let sink: Recording.Sink =
            switch request.scope {
            case .local:
                .local(
                    TraceWriter(path: request.path, header: header, sizeLimit: request.maximumSize)
                )
            case .outbound:
                .outbound(
                    TraceWriter(path: request.path, header: header, sizeLimit: request.maximumSize)
                )
            }
        let recording = Recording(
            sink: sink,
            sample: request.sample,
            end: request.duration.map { time.now + $0 }
        )
        // The header goes out now, so that a path that cannot be written is known at once.
        recording.flush()
        let status = recording.status(at: time.now)
        if let failure = status.failure { throw RecordingRefusal(message: failure) }
        let refusal: String? = recordings.withLock { recordings in
            guard recordings.count < Self.limit else {
                return "\(Self.limit) recordings run already; stop one first"
            }
            guard !recordings.contains(where: { $0.path == request.path }) else {
                return "\(request.path) is being recorded already"
            }
            recordings.append(recording)
            count.store(recordings.count, ordering: .relaxed)
            return nil
        }
        if let refusal {
            recording.close()
            throw RecordingRefusal(message: refusal)
        }
        ended.withLock { $0.removeAll { $0.path == request.path } }
        return status
    }

    /// Ends the recording at `path`, or all of them; what became of each.
    func stop(path: String? = nil) -> [RecordingStatus] {
        end { path == nil || $0.path == path }
    }

    /// Those under way, then those that ended lately.
    var statuses: [RecordingStatus] {
        let now = time.now
        return recordings.withLock { $0 }.map { $0.status(at: now) } + ended.withLock { $0 }
    }

    /// Writes what has gathered and ends what has run its time; called by the gateway's housekeeping.
    func flush() {
        guard isActive else { return }
        let now = time.now
        _ = end { $0.end.map { $0 <= now } ?? false }
        for recording in recordings.withLock({ $0 }) {
            recording.flush()
            warn(recording.status(at: now))
        }
    }

    private func end(_ isMeant: (Recording) -> Bool) -> [RecordingStatus] {
        let gone = recordings.withLock { recordings in
            let gone = recordings.filter(isMeant)
            recordings.removeAll(where: isMeant)
            count.store(recordings.count, ordering: .relaxed)
            return gone
        }
        let statuses = gone.map { recording in
            recording.close()
            return recording.status(at: time.now, hasEnded: true)
        }
        ended.withLock { ended in
            ended = Array((ended + statuses).suffix(Self.limit))
        }
        for status in statuses {
            logger.info(
                "recording ended",
                metadata: ["lines": "\(status.lines)", "left_out": "\(status.leftOut)"]
            )
        }
        return statuses
    }

    /// Says once that a trace cannot be written, until it can be again.
    private func warn(_ status: RecordingStatus) {
        let isNew = failing.withLock { failing in
            if status.failure == nil {
                failing.remove(status.path)
                return false
            }
            return failing.insert(status.path).inserted
        }
        guard isNew else { return }
        logger.warning(
            "a trace cannot be written; its lines are left out and counted",
            metadata: ["reason": "\(status.failure ?? "")"]
        )
    }
}

/// Why nothing is recorded.
public struct RecordingRefusal: Error, Sendable {
    /// What is wrong, for a person.
    public var message: String
}
