// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CReadAhead
import Glibc
import Testing

@Suite(.enabled(if: sluice_read_ahead_works(), "a sanitizer writes"))
struct `Writing together` {
    /// Both ends of a pair of sockets that do not block, with buffers for the first.
    private final class Pair {
        let near: Int32
        let far: Int32
        let buffers: OpaquePointer

        init() throws {
            var ends: [Int32] = [-1, -1]
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
            (near, far) = (ends[0], ends[1])
            buffers = try #require(sluice_read_ahead_make())
        }

        deinit {
            sluice_read_ahead_free(buffers)
            close(near)
            close(far)
        }

        var pending: Int { sluice_write_together_pending(buffers) }

        /// Writes these one by one while they are gathered; what the last `write` answered.
        @discardableResult
        func gather(_ pieces: [String]) -> Int {
            sluice_write_together_lend(buffers, near)
            defer { sluice_read_ahead_lend(nil, -1) }
            return pieces.map { write(near, $0, $0.utf8.count) }.last ?? 0
        }

        func flush() -> Bool { sluice_write_together_flush(buffers, near) }

        /// What has arrived, in one read.
        func arrived() -> String {
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            let count = read(far, &bytes, bytes.count)
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
    }

    @Test func `what is written leaves with the flush, in order`() throws {
        let pair = try Pair()
        #expect(pair.gather(["one ", "two ", "three"]) == 5)
        #expect(pair.arrived().isEmpty)
        #expect(pair.pending == 13)
        #expect(pair.flush())
        #expect(pair.pending == 0)
        #expect(pair.arrived() == "one two three")
    }

    @Test func `what is not lent leaves at once`() throws {
        let (lent, other) = (try Pair(), try Pair())
        sluice_write_together_lend(lent.buffers, lent.near)
        #expect(write(other.near, "now", 3) == 3)
        sluice_read_ahead_lend(lent.buffers, lent.near)
        #expect(write(lent.near, "too", 3) == 3)
        sluice_read_ahead_lend(nil, -1)
        #expect(other.arrived() == "now")
        #expect(lent.arrived() == "too")
        #expect(lent.pending == 0)
    }

    @Test func `what has no room goes out before, and nothing is overtaken`() throws {
        let pair = try Pair()
        let large = String(repeating: "x", count: 10_000)
        pair.gather([large, large, "end", String(repeating: "y", count: 20_000)])
        #expect(pair.flush())
        let end = String(repeating: "y", count: 20_000)
        #expect(pair.arrived() == large + large + "end" + end)
    }

    @Test func `what the other side does not take is kept for the next time`() throws {
        let pair = try Pair()
        let block = String(repeating: "z", count: 65_536)
        while write(pair.near, block, block.utf8.count) > 0 {}
        pair.gather(["behind"])
        #expect(pair.flush())
        #expect(pair.pending == 6)
        var last = ""
        while case let text = pair.arrived(), !text.isEmpty { last = text }
        #expect(!last.hasSuffix("behind"))
        #expect(pair.flush())
        #expect(pair.pending == 0)
        #expect(pair.arrived() == "behind")
    }

    @Test func `a full buffer before one who takes nothing says that it would block`() throws {
        let pair = try Pair()
        let block = String(repeating: "z", count: 65_536)
        while write(pair.near, block, block.utf8.count) > 0 {}
        let piece = String(repeating: "p", count: 9_000)
        #expect(pair.gather([piece, piece]) == -1)
        #expect(pair.pending == 9_000)
    }

    @Test func `who has gone makes the flush fail`() throws {
        signal(SIGPIPE, SIG_IGN)
        let pair = try Pair()
        pair.gather(["lost"])
        shutdown(pair.near, Int32(SHUT_WR))
        #expect(!pair.flush())
        #expect(errno == EPIPE)
    }

    @Test func `a wake that nobody reads is not the system's any more once it is full`() throws {
        let (lent, bell) = (try Pair(), try Pair())
        let zero: [UInt8] = [0]
        sluice_read_ahead_lend(lent.buffers, lent.near)
        defer { sluice_read_ahead_lend(nil, -1) }
        var rung = 0
        while write(bell.near, zero, 1) == 1, rung < 100_000 { rung += 1 }
        try #require(rung < 100_000)
        #expect(write(bell.near, zero, 1) == 1)
        sluice_read_ahead_lend(nil, -1)
        #expect(write(bell.near, zero, 1) == -1)
    }
}
