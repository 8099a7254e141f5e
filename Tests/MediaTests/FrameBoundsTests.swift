// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Media

@Suite struct FrameBoundsTests {
    private func code(_ bytes: [UInt8], _ limits: FrameLimits = FrameLimits()) -> FrameError.Code? {
        do {
            _ = try decoded(bytes, limits: limits)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `no bytes, and bytes that are no frame, are told apart`() {
        #expect(code([]) == .empty)
        #expect(code(Array("GIF89a".utf8)) == .unknownFormat)
        #expect(code([0xFF]) == .unknownFormat)
        #expect(code([0xFF, 0xD8, 0xFF]) == .damaged)
        #expect(code([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) == .damaged)
    }

    @Test(arguments: ["baseline.jpg", "progressive.jpg", "grey.jpg", "rgb.png", "interlaced.png"])
    func `a frame cut short anywhere is damaged`(name: String) throws {
        let whole = try Fixture.frame(name)
        // A JPEG's last two bytes only say that it ends.
        for count in stride(from: 9, to: whole.count - 2, by: 7) {
            #expect(code(Array(whole[..<count])) == .damaged, "\(count) bytes")
        }
    }

    @Test func `a PNG with a wrong check sum is damaged`() throws {
        var bytes = try Fixture.frame("rgb.png")
        bytes[bytes.count - 14] ^= 1
        #expect(code(bytes) == .damaged)
    }

    @Test func `a frame beyond a limit is refused by its header`() throws {
        let bytes = try Fixture.frame("baseline.jpg")
        #expect(code(bytes, FrameLimits(bytes: bytes.count - 1)) == .tooLarge)
        #expect(code(bytes, FrameLimits(pixels: 46 * 34 - 1)) == .tooLarge)
        #expect(code(bytes, FrameLimits(side: 45)) == .tooLarge)
        #expect(code(bytes, FrameLimits(pixels: 46 * 34, side: 46)) == nil)
    }

    @Test func `a few bytes that claim a huge frame take no memory`() throws {
        var png = try Fixture.frame("rgb.png")
        // IHDR's width and height, and its check sum no longer right: refused either way.
        png.replaceSubrange(16..<24, with: [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF])
        #expect(code(png) == .damaged)
        var jpeg = try Fixture.frame("baseline.jpg")
        let start = try #require(
            (0..<jpeg.count - 1).first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 }
        )
        jpeg.replaceSubrange(start + 5..<start + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
        #expect(code(jpeg) == .tooLarge)
    }

    @Test func `scans are bounded`() throws {
        let bytes = try Fixture.frame("progressive.jpg")
        #expect(code(bytes, FrameLimits(scans: 3)) == .tooManyScans)
        #expect(code(bytes, FrameLimits(scans: 10)) == nil)
    }

    @Test(arguments: ["baseline.jpg", "progressive.jpg", "rgb.png"])
    func `time is bounded`(name: String) throws {
        #expect(code(try Fixture.frame(name), FrameLimits(nanoseconds: 1)) == .outOfTime)
    }

    @Test func `a damaged orientation is none`() throws {
        let whole = try Fixture.frame("turned.jpg")
        let start = try #require(
            (0..<whole.count - 4).first { Array(whole[$0..<$0 + 4]) == Array("Exif".utf8) }
        )
        for place in start..<start + 30 {
            var bytes = whole
            bytes[place] ^= 0xFF
            let header = try bytes.withUnsafeBytes { try FrameHeader(of: $0) }
            #expect(header.width == 46)
        }
    }
}
