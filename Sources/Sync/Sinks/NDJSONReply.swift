// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HTTP
import Vocabulary

/// What a reply to a bulk of lines means.
///
/// | status | meaning |
/// |---|---|
/// | 2xx | stored; a body `{"items":[{"status":201},{"status":422,"error":"…"}]}` answers line by line |
/// | 2xx with a body that speaks of failure, or that cannot be read | later |
/// | 400, 413, 422 | something in it is refused: it is sent again in halves |
/// | 408, 409, 425, 429, 5xx | later, `Retry-After` is honoured |
/// | all others | the store does not take us: later |
///
/// 409 says, to a request with an idempotency key, that the first of them is still worked on. A page for
/// people with a 2xx is a login on the way, not the store.
enum NDJSONReply {
    /// Item lists longer than this are not read.
    static let bodyLimit = 4 << 20

    static func meaning(
        _ response: HTTPResponse,
        lines: Int,
        retryAfter: Interval?
    ) -> Bisection.Reply {
        switch response.status {
        case 200..<300:
            return accepted(response)
        case 400, 413, 422:
            return .refused(reason(response))
        default:
            return .failed(.failed(reason(response), retryAfter: retryAfter))
        }
    }

    /// What a 2xx means: that all of it is stored, unless its body says or may say something else.
    private static func accepted(_ response: HTTPResponse) -> Bisection.Reply {
        let whole = response.body
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let body = whole.dropFirst(whole.starts(with: mark) ? 3 : 0).drop { space.contains($0) }
        let status = response.status
        guard let first = body.first else { return .stored }
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
            guard isPage(response, body) else { return .stored }
            return .failed(.failed("it answered \(status) with a page, as no store does"))
        }
        guard let said = try? JSONDecoder().decode(BulkReply.self, from: Data(body)) else {
            let words = short(String(decoding: body.prefix(400), as: UTF8.self))
            return .failed(.failed("it answered \(status) in words that cannot be read: \(words)"))
        }
        let outcomes = said.items.map { items in items.map { outcome($0.status, $0.error) } }
        if let outcomes, said.complaint == nil || outcomes.contains(where: { $0 != .stored }) {
            return .each(outcomes)
        }
        guard let complaint = said.complaint else { return .stored }
        let words = complaint.isEmpty ? "" : ": \(short(complaint))"
        return .failed(.failed("it answered \(status) and that lines failed, not which\(words)"))
    }

    private static let space = Set(" \t\r\n".utf8)

    private static func isPage(_ response: HTTPResponse, _ body: ArraySlice<UInt8>) -> Bool {
        let kind = response.header("content-type")?.lowercased() ?? ""
        let start = String(decoding: body.prefix(14), as: UTF8.self).lowercased()
        return kind.hasPrefix("text/html") || kind.hasPrefix("application/xhtml")
            || start.hasPrefix("<!doctype html") || start.hasPrefix("<html")
    }

    private static func outcome(_ status: Int, _ error: String?) -> SinkOutcome {
        let text =
            "it answered \(status)" + (error.map { $0.isEmpty ? "" : ": \(short($0))" } ?? "")
        return switch status {
        case 200..<300: .stored
        case 400, 413, 422: .refused(text)
        default: .failed(text)
        }
    }

    private static func reason(_ response: HTTPResponse) -> String {
        let text = String(decoding: response.body.prefix(400), as: UTF8.self)
        return "it answered \(response.status)" + (text.isEmpty ? "" : ": \(short(text))")
    }

    /// One line of a server's own words.
    private static func short(_ text: String) -> String {
        let line = text.unicodeScalars.map { $0.properties.isWhitespace ? " " : Character($0) }
        return String(line.prefix(200))
    }
}
