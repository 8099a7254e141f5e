// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How a stored frame must be turned to stand upright: Exif's tag 0x0112, by its numbers.
public enum FrameOrientation: Int, CaseIterable, Sendable {
    /// As it is.
    case upright = 1
    /// Left and right changed.
    case mirrored = 2
    /// Turned by half a turn.
    case upsideDown = 3
    /// Top and bottom changed.
    case flipped = 4
    /// Rows and columns changed.
    case transposed = 5
    /// To be turned a quarter clockwise.
    case turnedLeft = 6
    /// Rows and columns changed and turned by half a turn.
    case transversed = 7
    /// To be turned a quarter anticlockwise.
    case turnedRight = 8

    /// True when upright the frame is as wide as it is stored high.
    public var swapsSides: Bool { rawValue >= 5 }

    /// Finds the orientation in the Exif part of a JPEG (CIPA DC-008, 4.6); upright where there is
    /// none or it cannot be read.
    init(ofJpeg bytes: UnsafeRawBufferPointer) {
        self = Self.exif(in: bytes).flatMap { Self.orientation(in: $0) } ?? .upright
    }

    /// The TIFF part of the first APP1 segment that is Exif's, looked for before the first scan.
    private static func exif(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var place = 2
        while place + 4 <= bytes.count, bytes[place] == 0xFF {
            let marker = bytes[place + 1]
            if marker == 0xFF {
                place += 1
                continue
            }
            guard marker != 0xDA, marker != 0xD9 else { return nil }
            let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
            let end = place + 2 + length
            guard length >= 2, end <= bytes.count else { return nil }
            let segment = UnsafeRawBufferPointer(rebasing: bytes[place + 4..<end])
            if marker == 0xE1, segment.starts(with: Array("Exif".utf8) + [0, 0]) {
                return UnsafeRawBufferPointer(rebasing: segment[6...])
            }
            place = end
        }
        return nil
    }

    private static func orientation(in tiff: UnsafeRawBufferPointer) -> FrameOrientation? {
        let isLittle: Bool
        switch tiff.prefix(4).map({ $0 }) {
        case [0x49, 0x49, 0x2A, 0]: isLittle = true
        case [0x4D, 0x4D, 0, 0x2A]: isLittle = false
        default: return nil
        }
        func number(at place: Int, bytes count: Int) -> Int? {
            guard place >= 0, place <= tiff.count - count else { return nil }
            let digits = tiff[place..<place + count]
            return (isLittle ? Array(digits.reversed()) : Array(digits))
                .reduce(0) { $0 << 8 | Int($1) }
        }
        guard let directory = number(at: 4, bytes: 4),
            let entries = number(at: directory, bytes: 2)
        else { return nil }
        for entry in 0..<entries {
            let place = directory + 2 + entry * 12
            guard let tag = number(at: place, bytes: 2) else { return nil }
            guard tag == 0x0112 else { continue }
            return number(at: place + 8, bytes: 2).flatMap(FrameOrientation.init(rawValue:))
        }
        return nil
    }
}
