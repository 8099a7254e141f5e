// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Why bytes did not become a frame.
public struct FrameError: Error, Equatable, Sendable {
    /// The kinds of fault; a closed list, because they are counted by it.
    public enum Code: String, CaseIterable, Sendable {
        /// There are no bytes.
        case empty
        /// The bytes begin neither as a JPEG nor as a PNG.
        case unknownFormat = "unknown_format"
        /// The frame is damaged or ends early.
        case damaged
        /// The frame is of a kind that is not decoded, such as lossless JPEG.
        case unsupported
        /// The frame is larger than a limit.
        case tooLarge = "too_large"
        /// A progressive JPEG has more scans than the limit.
        case tooManyScans = "too_many_scans"
        /// Decoding took longer than the limit.
        case outOfTime = "out_of_time"
        /// There was no memory for it.
        case outOfMemory = "out_of_memory"
    }

    /// The kind of fault.
    public var code: Code
    /// What is wrong, one sentence without a full stop and without payload.
    public var message: String

    /// Makes an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
