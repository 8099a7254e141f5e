// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Media

/// The frames and what Pillow 12 makes of them, written by `Fixtures/make_frames.py`.
enum Fixture {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().appending(path: "Fixtures")

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: path)))
    }

    static func frame(_ name: String) throws -> [UInt8] { try bytes("frames/\(name)") }

    static func pixels(_ name: String) throws -> [UInt8] { try bytes("pixels/\(name)") }
}

/// Decodes `bytes`; a `FrameError` otherwise.
func decoded(
    _ bytes: [UInt8],
    wantsGrey: Bool = false,
    isUpright: Bool = true,
    limits: FrameLimits = FrameLimits()
) throws(FrameError) -> PixelFrame {
    var frame = PixelFrame()
    let result = bytes.withUnsafeBytes { bytes in
        Result { () throws(FrameError) in
            try FrameDecoder(limits: limits).decode(
                bytes,
                into: &frame,
                wantsGrey: wantsGrey,
                isUpright: isUpright
            )
        }
    }
    _ = try result.get()
    return frame
}

/// The greatest and the mean difference of two rows of samples.
func difference(_ left: [UInt8], _ right: [UInt8]) -> (most: Int, mean: Double) {
    guard left.count == right.count, !left.isEmpty else { return (.max, .infinity) }
    let differences = zip(left, right).map { abs(Int($0) - Int($1)) }
    return (differences.max() ?? 0, Double(differences.reduce(0, +)) / Double(left.count))
}
