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
/// | 400, 413, 422 | something in it is refused: it is sent again in halves |
/// | 408, 409, 425, 429, 5xx | later, `Retry-After` is honoured |
/// | all others | the store does not take us: later |
///
/// 409 says, to a request with an idempotency key, that the first of them is still worked on.
enum NDJSONReply {
    private struct Body: Decodable {
        struct Item: Decodable {
            var status: Int
            var error: String?
        }

        var items: [Item]
    }

    /// Item lists longer than this are not read.
    static let bodyLimit = 4 << 20

    static func meaning(
        _ response: HTTPResponse,
        lines: Int,
        retryAfter: Interval?
    ) -> Bisection.Reply {
        switch response.status {
        case 200..<300:
            guard let body = try? JSONDecoder().decode(Body.self, from: Data(response.body))
            else { return .stored }
            return .each(body.items.map { outcome($0.status, $0.error) })
        case 400, 413, 422:
            return .refused(reason(response))
        default:
            return .failed(.failed(reason(response), retryAfter: retryAfter))
        }
    }

    private static func outcome(_ status: Int, _ error: String?) -> SinkOutcome {
        let text = "it answered \(status)" + (error.map { ": \(short($0))" } ?? "")
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
