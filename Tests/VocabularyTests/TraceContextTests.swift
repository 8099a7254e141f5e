// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Vocabulary

@Suite struct `A trace's context` {
    private let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func `is read and written as the standard has it`() throws {
        let context = try #require(TraceContext(traceparent: text))
        #expect(context.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.span == 0x00F0_67AA_0BA9_02B7)
        #expect(context.isSampled)
        #expect(context.traceparent == text)
        #expect(TraceContext(traceparent: text.dropLast() + "0")?.isSampled == false)
    }

    @Test func `is read of later versions as far as it is known`() {
        let later = "cc" + text.dropFirst(2)
        #expect(TraceContext(traceparent: later)?.traceparent == text)
        #expect(TraceContext(traceparent: later + "-what-comes")?.isSampled == true)
        #expect(TraceContext(traceparent: later + ".what") == nil)
    }

    @Test(arguments: [
        "", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
    ])
    func `is refused where it is none`(text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }

    @Test func `is fresh every time`() {
        let (one, other) = (TraceContext.fresh(), TraceContext.fresh())
        #expect(one.traceID != other.traceID && one.isSampled)
        #expect(TraceContext(traceparent: one.traceparent) == one)
    }
}
