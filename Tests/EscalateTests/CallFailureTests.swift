// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import Testing
import Vocabulary

@testable import Escalate

@Suite struct CallFailureTests {
    @Test(arguments: [408, 425, 429, 502, 503, 504])
    func `tries again what may be over in a moment`(status: Int) {
        let failure = CallFailure(status: status, complaint: nil, retryAfter: nil)
        #expect(failure.isRetryable)
        #expect(failure.kind == .unavailable)
    }

    @Test(arguments: [301, 302, 307, 401, 403, 404, 500, 501])
    func `keeps the question when the endpoint is to blame`(status: Int) {
        let failure = CallFailure(status: status, complaint: nil, retryAfter: nil)
        #expect(!failure.isRetryable)
        #expect(failure.kind == .unavailable)
        #expect(failure.isRepeatable)
        #expect(failure.countsAs == .failure)
    }

    @Test(arguments: [400, 413, 422])
    func `gives the question up when it is to blame`(status: Int) {
        let failure = CallFailure(status: status, complaint: "why", retryAfter: nil)
        #expect(failure.kind == .refused)
        #expect(!failure.isRepeatable)
        #expect(failure.countsAs == .neither)
        #expect(failure.message.hasSuffix(": why"))
    }

    @Test(arguments: ["315360000", "Thu, 01 Jan 2099 00:00:00 GMT"])
    func `a server that asks for years of silence is granted a minute (G1)`(value: String) {
        let reply = CloudReply(status: 503, headers: [("retry-after", value)], body: [])
        let failure = CallFailure(reply, at: WallTime(nanoseconds: 0))
        #expect(failure.retryAfter == .seconds(60))
        let negative = CallFailure(status: 429, complaint: nil, retryAfter: .seconds(-1))
        #expect(negative.retryAfter == .zero)
    }

    @Test func `does not send again what took the whole timeout`() {
        let sent = HTTPError(code: .timeout, message: "", mayHaveBeenSent: true)
        #expect(!CallFailure(sent).isRetryable)
        #expect(CallFailure(sent).isTimeout)
        #expect(CallFailure(HTTPError(code: .timeout, message: "")).isRetryable)
    }
}

@Suite struct RetryAfterTests {
    @Test func `reads seconds and dates`() {
        let now = WallTime(nanoseconds: 784_111_777 * 1_000_000_000)
        #expect(RetryAfter.wait("120", at: now) == .seconds(120))
        #expect(RetryAfter.wait("Sun, 06 Nov 1994 08:49:47 GMT", at: now) == .seconds(10))
        #expect(RetryAfter.wait("Sun, 06 Nov 1994 08:49:27 GMT", at: now) == .zero)
    }

    @Test(arguments: ["", "-1", "soon", "99999999999", "Sun, 06 Nov 1994 8:49 GMT", "a b c d e f"])
    func `takes nothing it does not understand`(value: String) {
        #expect(RetryAfter.wait(value, at: WallTime(nanoseconds: 0)) == nil)
    }
}
