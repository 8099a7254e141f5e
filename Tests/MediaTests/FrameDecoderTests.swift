// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Media

@Suite struct FrameDecoderTests {
    @Test(
        arguments: [
            "rgb.png.rgb", "grey.png.grey", "rgba.png.rgb", "palette.png.rgb", "bits.png.grey",
            "interlaced.png.rgb", "deep.png.rgb", "rgb.png.grey",
        ]
    )
    func `a PNG has the pixels Pillow finds`(name: String) throws {
        let parts = name.split(separator: ".")
        let frame = try decoded(
            try Fixture.frame("\(parts[0]).png"),
            wantsGrey: parts[2] == "grey"
        )
        #expect(frame.samples == (try Fixture.pixels(name)))
        #expect(frame.width == 46 && frame.height == 34)
        #expect(frame.channels == (parts[2] == "grey" ? 1 : 3))
    }

    /// Pillow brings a libjpeg-turbo of its own, of another version.
    @Test(
        arguments: [
            "baseline.jpg.rgb", "full-chroma.jpg.rgb", "progressive.jpg.rgb", "grey.jpg.grey",
            "inks.jpg.rgb", "turned.jpg.rgb",
        ]
    )
    func `a JPEG has the pixels Pillow finds to one part in 255`(name: String) throws {
        let frame = try decoded(try Fixture.frame(String(name.split(separator: ".")[0]) + ".jpg"))
        let distance = difference(frame.samples, try Fixture.pixels(name))
        #expect(distance.most <= 1 && distance.mean < 0.02)
    }

    @Test func `brightness comes from a JPEG as it is stored`() throws {
        let grey = try decoded(try Fixture.frame("baseline.jpg"), wantsGrey: true)
        #expect(grey.channels == 1)
        var frame = try decoded(try Fixture.frame("baseline.jpg"))
        frame.becomeGrey()
        // Colours outside the cube are cut off before they are summed, and not here.
        #expect(difference(grey.samples, frame.samples).mean < 3)
    }

    @Test func `the brightness of printers' inks is that of their colours`() throws {
        let grey = try decoded(try Fixture.frame("inks.jpg"), wantsGrey: true)
        var frame = try decoded(try Fixture.frame("inks.jpg"))
        frame.becomeGrey()
        #expect(grey.samples == frame.samples)
    }

    @Test func `an orientation is obeyed only where it is wanted`() throws {
        let bytes = try Fixture.frame("turned.jpg")
        let upright = try decoded(bytes)
        #expect(upright.width == 34 && upright.height == 46)
        let stored = try decoded(bytes, isUpright: false)
        #expect(stored.width == 46 && stored.height == 34)
    }

    @Test(arguments: FrameOrientation.allCases)
    func `turning follows Exif's table`(orientation: FrameOrientation) throws {
        var frame = try #require(
            PixelFrame(width: 3, height: 2, channels: 1, samples: [1, 2, 3, 4, 5, 6])
        )
        frame.turn(orientation)
        let turned: [UInt8] =
            switch orientation {
            case .upright: [1, 2, 3, 4, 5, 6]
            case .mirrored: [3, 2, 1, 6, 5, 4]
            case .upsideDown: [6, 5, 4, 3, 2, 1]
            case .flipped: [4, 5, 6, 1, 2, 3]
            case .transposed: [1, 4, 2, 5, 3, 6]
            case .turnedLeft: [4, 1, 5, 2, 6, 3]
            case .transversed: [6, 3, 5, 2, 4, 1]
            case .turnedRight: [3, 6, 2, 5, 1, 4]
            }
        #expect(frame.samples == turned)
        #expect(frame.width == (orientation.swapsSides ? 2 : 3))
    }
}
