// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CReadAhead
import Glibc
import Testing

@Suite(.enabled(if: sluice_read_ahead_works(), "a sanitizer reads"))
struct `Reading ahead` {
    /// Both ends of a pipe that does not block, with a buffer.
    private final class Pipe {
        let reader: Int32
        private var writer: Int32
        let ahead: OpaquePointer

        init() throws {
            var ends: [Int32] = [-1, -1]
            try #require(pipe(&ends) == 0)
            (reader, writer) = (ends[0], ends[1])
            _ = fcntl(reader, F_SETFL, O_NONBLOCK)
            ahead = try #require(sluice_read_ahead_make())
        }

        deinit {
            sluice_read_ahead_free(ahead)
            close(reader)
            shut()
        }

        /// Closes the end that is written to.
        func shut() {
            if writer >= 0 { close(writer) }
            writer = -1
        }

        var pending: Int { sluice_read_ahead_pending(ahead) }

        func put(_ text: String) { _ = write(writer, text, text.utf8.count) }

        /// What one `read` gives; nil where it fails.
        func take(_ count: Int, ahead isAhead: Bool = true) -> String? {
            var bytes = [UInt8](repeating: 0, count: count)
            if isAhead { sluice_read_ahead_lend(ahead, reader) }
            let taken = read(reader, &bytes, count)
            sluice_read_ahead_lend(nil, -1)
            return taken < 0 ? nil : String(decoding: bytes.prefix(taken), as: UTF8.self)
        }
    }

    @Test func `a buffer lent within a read is given back for the former`() throws {
        let (outer, inner) = (try Pipe(), try Pipe())
        outer.put("0123456789")
        inner.put("abc")
        #expect(outer.take(1) == "0")
        sluice_read_ahead_lend(outer.ahead, outer.reader)
        let former = sluice_read_ahead_lent()
        #expect(inner.take(1) == "a")
        sluice_read_ahead_return(former)
        var bytes = [UInt8](repeating: 0, count: 9)
        #expect(read(outer.reader, &bytes, 9) == 9)
        sluice_read_ahead_lend(nil, -1)
        #expect(String(decoding: bytes, as: UTF8.self) == "123456789")
        #expect(sluice_read_ahead_lent() == nil)
    }

    @Test func `the first small read fetches all, and the others are served from it`() throws {
        let pipe = try Pipe()
        pipe.put("0123456789")
        #expect(pipe.take(1) == "0")
        #expect(pipe.pending == 9)
        #expect(pipe.take(1, ahead: false) == nil)
        #expect(errno == EAGAIN)
        #expect(pipe.take(4) == "1234")
        #expect(pipe.take(100) == "56789")
        #expect(pipe.pending == 0)
    }

    @Test func `what is empty says so as the system does`() throws {
        let pipe = try Pipe()
        #expect(pipe.take(1) == nil)
        #expect(errno == EAGAIN)
        pipe.put("a")
        #expect(pipe.take(2) == "a")
        #expect(pipe.take(1) == nil)
        #expect(errno == EAGAIN)
    }

    @Test func `the end comes after what was read ahead`() throws {
        let pipe = try Pipe()
        pipe.put("ab")
        pipe.shut()
        #expect(pipe.take(1) == "a")
        #expect(pipe.take(1) == "b")
        #expect(pipe.take(1)?.isEmpty == true)
    }

    @Test func `other descriptors are read as ever while one is lent a buffer`() throws {
        let (lent, other) = (try Pipe(), try Pipe())
        lent.put("lent")
        other.put("other")
        sluice_read_ahead_lend(lent.ahead, lent.reader)
        var byte: UInt8 = 0
        #expect(read(other.reader, &byte, 1) == 1)
        #expect(byte == UInt8(ascii: "o"))
        sluice_read_ahead_lend(nil, -1)
        #expect(lent.pending == 0)
        #expect(other.take(10, ahead: false) == "ther")
    }

    @Test func `a large read takes what is there first, and then goes past the buffer`() throws {
        let pipe = try Pipe()
        pipe.put("0123")
        #expect(pipe.take(1) == "0")
        pipe.put("4567")
        #expect(pipe.take(32_768) == "123")
        #expect(pipe.take(32_768) == "4567")
        #expect(pipe.pending == 0)
    }
}
