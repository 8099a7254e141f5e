// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

// Fuzz target of camera frames, for libFuzzer (see run.sh): JPEG and PNG to a model's numbers. The first byte of an
// input chooses the transform. libjpeg and libpng are linked as they are, without the sanitizer's checks inside them;
// what they write outside of their own memory is seen. Compiled into one module with the reader.

private let limits = FrameLimits(
    bytes: 1 << 16,
    pixels: 1 << 14,
    side: 1_024,
    scans: 16,
    nanoseconds: 1_000_000_000
)

private func makeReaders() -> [FrameReader] {
    FrameFit.allCases.flatMap { fit in
        FrameTransform.Color.allCases.compactMap { color in
            FrameReader(
                FrameTransform(
                    width: 8,
                    height: 6,
                    fit: fit,
                    color: color,
                    layout: color == .bgr ? .nhwc : .nchw
                ),
                limits: limits
            )
        }
    }
}

nonisolated(unsafe) private var readers = makeReaders()
nonisolated(unsafe) private var numbers = [Float](repeating: 0, count: 8 * 6 * 3)

/// Reads one input; libFuzzer calls it on one thread.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let bytes = UnsafeRawBufferPointer(start: start + 1, count: count - 1)
    let choice = Int(start[0]) % readers.count
    do throws(FrameError) {
        let header = try FrameHeader(of: bytes, limits: limits)
        if header.width * header.height > limits.pixels { fatalError("a frame beyond its limits") }
        let placement = try numbers.withUnsafeMutableBufferPointer {
            (numbers) throws(FrameError) in
            try readers[choice].read(
                bytes,
                into: UnsafeMutableBufferPointer(
                    rebasing: numbers[..<readers[choice].transform.count]
                )
            )
        }
        _ = placement
        for number in numbers where !number.isFinite { fatalError("a number that is none") }
    } catch {
        if error.message.isEmpty { fatalError("every error says what is wrong") }
    }
    return 0
}
