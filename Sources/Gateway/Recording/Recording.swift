// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Trace
public import Vocabulary

/// What to record of the running gateway, and where.
public struct RecordingRequest: Sendable {
    /// The trace's path.
    public var path: String
    /// How many bytes of it are kept on disk; the oldest are given up.
    public var maximumSize: Int
    /// What it may hold.
    public var scope: TraceScope
    /// The share of the decisions that is recorded, above 0 and up to 1.
    public var sample: Double
    /// How long; nil until it is stopped.
    public var duration: Interval?

    /// Makes a request.
    public init(
        path: String,
        maximumSize: Int = 64 << 20,
        scope: TraceScope = .local,
        sample: Double = 1,
        duration: Interval? = nil
    ) {
        self.path = path
        self.maximumSize = maximumSize
        self.scope = scope
        self.sample = sample
        self.duration = duration
    }
}

/// How a recording is doing.
public struct RecordingStatus: Codable, Equatable, Sendable {
    /// The trace's path.
    public var path: String
    /// What it may hold: `local` or `outbound`.
    public var scope: String
    /// How many lines were written.
    public var lines: Int
    /// How many bytes were written, those given up since included.
    public var bytes: Int
    /// How many lines were left out because memory or the disk could not take them.
    public var leftOut: Int
    /// Why the file cannot be written, while that is so.
    public var failure: String?
    /// How long it still goes on; nil until it is stopped.
    public var secondsLeft: Double?
    /// True once it has ended.
    public var hasEnded: Bool
}

/// One recording under way.
struct Recording: Sendable {
    /// What is written to; its type says what may get into it.
    enum Sink: Sendable {
        case local(TraceWriter<TraceLine>)
        case outbound(TraceWriter<ReleasedLine>)
    }

    let sink: Sink
    let sample: Double
    let end: MonotonicInstant?

    var path: String {
        switch sink {
        case .local(let writer): writer.path
        case .outbound(let writer): writer.path
        }
    }

    /// Whether the decision `id` is in the sample; the same for its verdicts, in any run.
    func admits(_ id: DecisionID) -> Bool {
        sample >= 1 || Double(id.low >> 11) * 0x1p-53 < sample
    }

    func flush() {
        switch sink {
        case .local(let writer): writer.flush()
        case .outbound(let writer): writer.flush()
        }
    }

    func close() {
        switch sink {
        case .local(let writer): writer.close()
        case .outbound(let writer): writer.close()
        }
    }

    /// How it is doing at `now`.
    func status(at now: MonotonicInstant, hasEnded: Bool = false) -> RecordingStatus {
        let (lines, bytes, leftOut, failure) =
            switch sink {
            case .local(let writer): Self.figures(writer.tally)
            case .outbound(let writer): Self.figures(writer.tally)
            }
        return RecordingStatus(
            path: path,
            scope: {
                switch sink {
                case .local: TraceScope.local.rawValue
                case .outbound: TraceScope.outbound.rawValue
                }
            }(),
            lines: lines,
            bytes: bytes,
            leftOut: leftOut,
            failure: failure,
            secondsLeft: end.map { max(.zero, $0 - now).seconds },
            hasEnded: hasEnded
        )
    }

    private static func figures<Entry>(
        _ tally: TraceWriter<Entry>.Tally
    ) -> (Int, Int, Int, String?) {
        (tally.written, tally.bytes, tally.leftOut, tally.failure)
    }
}
