// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Logging
import Synchronization
import Vocabulary

/// Keeps what one lane's windows and detectors know across restarts.
///
/// Used on the lane's thread, at moments when everything received is settled: no state on disk is
/// ahead of what was acknowledged. What a crash can cost is the last minute of learning. A file that does
/// not read is set aside, and the state begins anew: never a reason not to start.
final class StateKeeper {
    private let file: StateFile
    private let lane: String
    private let inference: LaneInference
    private let board: StateBoard
    private let time: any TimeSource
    private let logger: Logger
    private var pace: StatePace
    private var writing: OwnThread?
    private var refused = 0
    private let outcome = Outcome()

    /// Takes up what the last run left; blocks while it reads.
    init(
        folder: String,
        lane: String,
        inference: LaneInference,
        board: StateBoard,
        time: any TimeSource,
        logger: Logger
    ) {
        file = StateFile(folder: folder, name: Self.fileName(lane))
        self.lane = lane
        self.inference = inference
        self.board = board
        self.time = time
        self.logger = logger
        pace = StatePace(now: time.now, changes: inference.stateChanges)
        takeUp()
    }

    private func takeUp() {
        let fault: String
        switch file.read() {
        case .none: return
        case .damaged(let reason): fault = reason
        case .state(let bytes):
            do throws(StateError) {
                try inference.restore(bytes)
                board.note(lane) { $0.restoredBytes = bytes.count }
                logger.info(
                    "state of windows and detectors restored",
                    metadata: ["input": "\(lane)", "bytes": "\(bytes.count)"]
                )
                return
            } catch {
                fault = error.message
            }
        }
        file.setAside()
        board.note(lane) { $0.setAside = fault }
        logger.warning(
            "the state of windows and detectors does not read: it was set aside and begins anew",
            metadata: ["input": "\(lane)", "file": "\(file.path).damaged", "reason": "\(fault)"]
        )
    }

    /// Writes the state when it is time to; the disk is waited for on a thread of its own.
    func look() {
        noteRefusals()
        if let writing {
            guard writing.hasEnded else { return }
            self.writing = nil
            heed()
        }
        let changes = inference.stateChanges
        guard pace.isDue(at: time.now, changes: changes) else { return }
        let bytes = inference.saveState()
        pace.handedOn(at: time.now, changes: changes, bytes: bytes.count)
        writing = OwnThread { [file, outcome] _ in outcome.note(file, bytes) }
    }

    /// Writes the state now, whatever the time; blocks.
    func close() {
        noteRefusals()
        // Two writers must not share one name.
        while let writing, !writing.hasEnded { OwnThread.nap() }
        if writing != nil { heed() }
        writing = nil
        let changes = inference.stateChanges
        guard pace.isNews(changes) else { return }
        let bytes = inference.saveState()
        pace.handedOn(at: time.now, changes: changes, bytes: bytes.count)
        outcome.note(file, bytes)
        heed()
    }

    /// Says that parts of the state did not read, once: each is met when its policy has its first reading.
    private func noteRefusals() {
        let count = inference.refusedStates
        guard count > refused else { return }
        let news = count - refused
        refused = count
        board.note(lane) { $0.refusedParts = count }
        logger.warning(
            "parts of the state of windows and detectors do not read: they begin anew",
            metadata: ["input": "\(lane)", "parts": "\(news)"]
        )
    }

    /// Takes note of how the last write went.
    private func heed() {
        let (bytes, failure) = outcome.last
        if failure != nil { pace.failed() }
        let isNews = board.note(lane) { report in
            defer { report.failure = failure }
            if failure == nil { report.savedBytes = bytes }
            return report.failure != failure
        }
        guard isNews, let failure else { return }
        logger.warning(
            "the state of windows and detectors cannot be written",
            metadata: ["input": "\(lane)", "file": "\(file.path)", "error": "\(failure)"]
        )
    }

    /// How a write went, told from the thread that wrote.
    private final class Outcome: Sendable {
        private let state = Mutex<(bytes: Int, failure: String?)>((0, nil))

        var last: (bytes: Int, failure: String?) { state.withLock { $0 } }

        func note(_ file: StateFile, _ bytes: [UInt8]) {
            var failure: String?
            do throws(StateFile.Failure) {
                try file.write(bytes)
            } catch {
                failure = error.reason
            }
            state.withLock { [failure] in $0 = (bytes.count, failure) }
        }
    }

    /// A lane's name as a file's: what is not a letter, a digit, `-`, `_` or an inner `.` is a percent code.
    static func fileName(_ lane: String) -> String {
        var name = ""
        for (index, byte) in lane.utf8.enumerated() {
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                scalar.isASCII
                && (scalar.properties.isAlphabetic || (byte >= 0x30 && byte <= 0x39)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                    || (byte == UInt8(ascii: ".") && index > 0))
            if isPlain {
                name.unicodeScalars.append(scalar)
            } else {
                name += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return name
    }
}
