// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import Testing
import Vocabulary

@testable import Sync

@Suite struct `A reply to a bulk of lines` {
    private func meaning(
        _ body: String,
        status: Int = 200,
        type: String? = "application/json"
    ) -> Bisection.Reply {
        let headers = type.map { [(name: "content-type", value: $0)] } ?? []
        return NDJSONReply.meaning(
            HTTPResponse(status: status, headers: headers, body: Array(body.utf8)),
            lines: 2,
            retryAfter: nil
        )
    }

    private func outcomes(_ body: String) -> [SinkOutcome] {
        guard case .each(let outcomes) = meaning(body) else { return [] }
        return outcomes
    }

    @Test(arguments: [
        "", " \n", "ok", "{}", "{\"stored\":2}", "[]", "[1,2]", "[\"a\",\"b\"]", "[{\"id\":1}]",
        "{\"errors\":false}", "{\"errors\":[]}", "{\"error\":null}", "{\"failed\":0,\"took\":3}",
        "{\"error\":\"\"}", "{\"success\":true}", "{\"errors\":{}}",
    ])
    func `is taken for stored where it speaks of no failure`(body: String) {
        guard case .stored = meaning(body) else {
            Issue.record("\(meaning(body))")
            return
        }
    }

    @Test(arguments: [
        "{\"errors\":[{\"line\":0,\"message\":\"bad\"}]}", "{\"errors\":true}",
        "{\"errors\":true,\"items\":[{\"status\":201},{\"status\":201}]}", "{\"items\":null}",
        "{\"items\":{}}", "{\"items\":[{},{}]}", "{\"items\":[{\"status\":\"no\"}]}",
        "{\"items\":[{\"status\":0}]}", "{\"items\":[{\"status\":200,\"error\":\"bad\"}]}",
        "{\"items\":[{\"a\":{\"status\":201},\"b\":1}]}", "{\"items\":[1]}", "{\"error\":\"bad\"}",
        "{\"error\":{\"code\":7}}", "{\"insertErrors\":[{\"index\":0}]}", "{\"FailedPutCount\":1}",
        "\u{FEFF}{\"success\":false}", "{\"ok\":false}", "{\"items\":[{\"status\":201}", "{bad",
        "[{",
        "[{\"error\":\"bad\"}]", "[{\"status\":201},{}]",
    ])
    func `is never taken for stored where it may speak of a failure (G1)`(body: String) {
        guard case .failed(.failed(let reason, nil)) = meaning(body) else {
            Issue.record("\(meaning(body))")
            return
        }
        #expect(reason.hasPrefix("it answered 200"))
    }

    @Test(
        arguments: [
            ("<html>login</html>", "text/plain"), ("\n<!DOCTYPE html><p>log in", nil),
            ("log in", "text/html; charset=utf-8"),
        ] as [(String, String?)]
    )
    func `is not the store's where it is a page for people (G1)`(body: String, type: String?) {
        guard case .failed = meaning(body, type: type) else {
            Issue.record("\(meaning(body, type: type))")
            return
        }
    }

    @Test func `is the store's where JSON comes under the name of a page`() {
        guard
            case .each(let outcomes) = meaning("{\"items\":[{\"status\":201}]}", type: "text/html")
        else {
            Issue.record("it is not read")
            return
        }
        #expect(outcomes == [.stored])
    }

    @Test func `says what became of each line, in the shapes that stores have`() {
        #expect(
            outcomes(
                """
                {"took":3,"errors":true,"items":[{"index":{"_id":"1","status":201}},
                {"create":{"status":429,"error":{"type":"rejected"}}}]}
                """
            ) == [.stored, .failed("it answered 429: rejected")]
        )
        #expect(
            outcomes(
                """
                {"items":[{"status":"422","error":["first","second"]},{"status":"200"}]}
                """
            ) == [.refused("it answered 422: first"), .stored]
        )
        #expect(
            outcomes("[{\"status\":422,\"error\":{\"code\":7}},{\"status\":422,\"error\":true}]")
                == [.refused("it answered 422: 7"), .refused("it answered 422")]
        )
    }
}
