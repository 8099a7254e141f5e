// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Media

@Suite struct FrameReaderTests {
    /// The samples of `name` fitted by `transform`, as the numbers 0…255.
    private func samples(
        _ name: String,
        _ transform: FrameTransform
    ) throws -> (samples: [UInt8], placement: FramePlacement) {
        var transform = transform
        transform.scale = 1
        transform.layout = .nhwc
        let (numbers, placement) = try numbers(name, transform)
        return (numbers.map { UInt8($0) }, placement)
    }

    private func numbers(
        _ name: String,
        _ transform: FrameTransform
    ) throws -> (numbers: [Float], placement: FramePlacement) {
        var reader = FrameReader(transform)
        let bytes = try Fixture.frame(name)
        var numbers = [Float](repeating: -1, count: transform.count)
        let placement = try numbers.withUnsafeMutableBufferPointer { numbers in
            try bytes.withUnsafeBytes { try reader.read($0, into: numbers) }
        }
        return (numbers, placement)
    }

    @Test(arguments: FrameFilter.allCases, [(16, 12), (64, 40)])
    func `resizing gives Pillow's very samples`(
        filter: FrameFilter,
        size: (Int, Int)
    ) throws {
        let transform = FrameTransform(width: size.0, height: size.1, filter: filter)
        let expected = try Fixture.pixels("stretch-\(filter)-\(size.0)x\(size.1)")
        let distance = difference(try samples("rgb.png", transform).samples, expected)
        #expect(distance.most == 0)
    }

    @Test func `brightness is made before resizing`() throws {
        let transform = FrameTransform(width: 16, height: 12, color: .grey)
        let expected = try Fixture.pixels("stretch-grey-16x12")
        #expect(try samples("rgb.png", transform).samples == expected)
    }

    @Test func `a crop keeps the middle`() throws {
        let transform = FrameTransform(width: 16, height: 16, fit: .crop)
        let (found, placement) = try samples("rgb.png", transform)
        #expect(found == (try Fixture.pixels("crop-bilinear-16x16")))
        let middle = placement.original(x: 0.5, y: 0.5)
        #expect(abs(middle.x - 0.5) < 1e-12 && abs(middle.y - 0.5) < 1e-12)
        #expect(abs(placement.original(x: 0, y: 0).x - 6.0 / 46) < 1e-12)
        #expect(placement.original(x: 0, y: 0).y == 0)
    }

    @Test func `a letterbox puts bars above and below`() throws {
        let transform = FrameTransform(width: 20, height: 20, fit: .letterbox)
        let (found, placement) = try samples("rgb.png", transform)
        #expect(found == (try Fixture.pixels("letterbox-bilinear-20x20")))
        // 15 rows from the second on.
        #expect(placement.original(box: [0, 0.1, 1, 0.85]) == [0, 0, 1, 1])
        #expect(placement.original(box: [0, 0, 1, 1]) == [0, 0, 1, 1])
        #expect(abs(placement.original(x: 0.5, y: 0.475).y - 0.5) < 1e-12)
    }

    @Test func `a shrunk JPEG differs little from a whole one`() throws {
        let expected = try Fixture.pixels("large-32x24")
        var transform = FrameTransform(width: 32, height: 24, decodesShrunk: false)
        let whole = difference(try samples("large.jpg", transform).samples, expected)
        #expect(whole.most <= 1)
        transform.decodesShrunk = true
        let shrunk = difference(try samples("large.jpg", transform).samples, expected)
        #expect(shrunk.most > 0, "it was not shrunk")
        #expect(shrunk.most <= 8 && shrunk.mean < 0.6)
    }

    @Test func `the fraction leaves twice the model's pixels`() {
        let header = FrameHeader(format: .jpeg, width: 640, height: 480, channels: 3)
        #expect(FrameTransform(width: 320, height: 240).denominator(for: header) == 1)
        #expect(FrameTransform(width: 160, height: 120).denominator(for: header) == 2)
        #expect(FrameTransform(width: 64, height: 64).denominator(for: header) == 2)
        #expect(FrameTransform(width: 80, height: 60).denominator(for: header) == 4)
        #expect(FrameTransform(width: 32, height: 24).denominator(for: header) == 8)
        let nearest = FrameTransform(width: 32, height: 24, filter: .nearest)
        #expect(nearest.denominator(for: header) == 1)
        var turned = FrameHeader(format: .jpeg, width: 641, height: 480, channels: 3)
        turned.orientation = .turnedLeft
        #expect(FrameTransform(width: 24, height: 32).denominator(for: turned) == 1)
    }

    @Test func `numbers are scaled, centred and ordered as the model wants`() throws {
        var transform = FrameTransform(
            width: 16,
            height: 12,
            layout: .nchw,
            mean: [0.485, 0.456, 0.406],
            std: [0.229, 0.224, 0.225]
        )
        let samples = try Fixture.pixels("stretch-bilinear-16x12")
        func expected(_ pixel: Int, _ channel: Int) -> Float {
            let value = Double(samples[pixel * 3 + channel]) / 255
            return Float((value - transform.mean[channel]) / transform.std[channel])
        }
        let planes = try numbers("rgb.png", transform).numbers
        transform.layout = .nhwc
        let pixels = try numbers("rgb.png", transform).numbers
        for pixel in 0..<192 {
            for channel in 0..<3 {
                #expect(abs(planes[channel * 192 + pixel] - expected(pixel, channel)) < 1e-5)
                #expect(pixels[pixel * 3 + channel] == planes[channel * 192 + pixel])
            }
        }
        var blueFirst = FrameTransform(width: 16, height: 12, color: .bgr)
        blueFirst.scale = 1
        let turned = try numbers("rgb.png", blueFirst).numbers
        #expect(turned[0] == Float(samples[2]) && turned[2 * 192] == Float(samples[0]))
    }

    @Test func `a grey frame fills three channels alike`() throws {
        let numbers = try numbers("grey.png", FrameTransform(width: 8, height: 8)).numbers
        #expect(numbers[..<64] == numbers[64..<128] && numbers[..<64] == numbers[128...])
    }

    @Test func `the bars are there anew for a frame of another shape`() throws {
        var reader = FrameReader(
            FrameTransform(width: 20, height: 20, fit: .letterbox, scale: 1)
        )
        var numbers = [Float](repeating: 0, count: reader.transform.count)
        for name in ["turned.jpg", "rgb.png"] {
            let bytes = try Fixture.frame(name)
            try numbers.withUnsafeMutableBufferPointer { numbers in
                _ = try bytes.withUnsafeBytes { try reader.read($0, into: numbers) }
            }
        }
        #expect(numbers[..<40].allSatisfy { $0 == 114 })
    }
}
