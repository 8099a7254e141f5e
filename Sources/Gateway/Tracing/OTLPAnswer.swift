// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import FoundationEssentials
import HTTP
import Vocabulary

/// What a collector made of a request (OTLP 1, "OTLP/HTTP Response").
enum OTLPAnswer: Equatable, Sendable {
    /// It took it, but for so many items.
    case taken(rejected: Int)
    /// It may take it another time.
    case later(reason: String, after: Interval?)
    /// It never takes it.
    case refused(reason: String)

    private struct Body: Decodable {
        struct Part: Decodable {
            var rejectedSpans: Number?
            var rejectedDataPoints: Number?
        }
        var partialSuccess: Part?
    }

    /// A 64-bit number, which JSON has as text, and some collectors as a number.
    private struct Number: Decodable {
        var value: Int

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                value = number
            } else {
                value = Int(try container.decode(String.self)) ?? 0
            }
        }
    }

    /// Reads a reply; nothing of its text is repeated.
    init(_ response: HTTPResponse, at now: WallTime) {
        switch response.status {
        case 200..<300:
            let body = try? JSONDecoder().decode(Body.self, from: Data(response.body))
            let part = body?.partialSuccess
            let count = part?.rejectedSpans?.value ?? part?.rejectedDataPoints?.value ?? 0
            self = .taken(rejected: max(0, count))
        // The protocol's list, and a timeout of whatever stands between.
        case 408, 429, 502, 503, 504:
            self = .later(
                reason: "the collector answers with status \(response.status)",
                after: response.header("retry-after").flatMap { RetryAfter.wait($0, at: now) }
            )
        default:
            self = .refused(reason: "the collector answers with status \(response.status)")
        }
    }

    init(_ error: HTTPError) {
        switch error.code {
        case .protocolNotAllowed, .invalidRequest, .tooLarge:
            self = .refused(reason: error.description)
        default: self = .later(reason: error.description, after: nil)
        }
    }
}
