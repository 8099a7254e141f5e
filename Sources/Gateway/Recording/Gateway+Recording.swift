// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Logging

/// Recording on demand, asked for through the control socket.
extension Gateway {
    /// The version of the program, as traces cite it.
    public static let programVersion = "0.1.0"

    /// Begins to record; throws, in words for a person, when it cannot.
    ///
    /// The trace is readable by its owner alone. Blocks while the file is opened.
    public func startRecording(
        _ request: RecordingRequest
    ) throws(RecordingRefusal) -> RecordingStatus {
        try parts.recorder.start(request)
    }

    /// Ends the recording at `path`, or all of them, and says what became of each; blocks on the disk.
    public func stopRecording(path: String?) -> [RecordingStatus] {
        parts.recorder.stop(path: path)
    }

    /// The recordings under way, then those that ended lately.
    public var recordings: [RecordingStatus] { parts.recorder.statuses }

    /// Begins what the configuration wants recorded.
    func startConfiguredRecording() {
        guard let request = site.configuration.recording else { return }
        do throws(RecordingRefusal) {
            _ = try parts.recorder.start(request)
        } catch {
            parts.logger.error("nothing is recorded", metadata: ["reason": "\(error.message)"])
        }
    }
}
