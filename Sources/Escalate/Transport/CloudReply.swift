// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// A request as a protocol writes it, before credentials.
struct CloudRequest: Sendable {
    var url: String
    var headers: [(name: String, value: String)]
    var body: [UInt8]
    /// Less than the endpoint's where nobody waits that long; nil for the endpoint's.
    var timeout: Interval?
    /// Less than the endpoint's where bytes are short; nil for the endpoint's.
    var maximumReplyBytes: Int?
    /// True when it may leave only once, because each time is counted.
    var isSentOnce = false
    /// To be called before it is sent again, for new credentials say; it throws when it may not be.
    var beforeRepeat: (@Sendable () async throws(CallFailure) -> Void)?
}

/// What came back.
struct CloudReply: Sendable {
    var status = 200
    /// Names in lower case.
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]
    /// What the request showed of us, which nothing that is said about the reply may repeat.
    var secrets: [String] = []

    /// The first field called `name` (in lower case).
    func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }

    /// A text of the reply as it may be shown: one line, bounded, without what is secret.
    func shown(_ text: String, limit: Int = 200) -> String {
        // Most texts are short and plain.
        let isPlain = text.utf8.count <= limit && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        if isPlain, secrets.isEmpty { return text }
        var text = text
        for secret in secrets where secret.utf8.count >= 4 {
            text = text.split(separator: secret, omittingEmptySubsequences: false)
                .joined(separator: "***")
        }
        let line = text.unicodeScalars.prefix(limit).map { scalar in
            scalar.properties.generalCategory == .control ? " " : scalar
        }
        return String(String.UnicodeScalarView(line))
    }
}

/// How to learn cheaply whether an endpoint is there.
struct CloudReadiness: Equatable, Sendable {
    var url: String
    /// True where the server has no question for this that costs nothing: then any answer that is no failure of the
    /// server's own will do, and no credentials are shown.
    var isAnyAnswerEnough = false
    /// True where not every server has the address: one that has not (404, 405) is ready.
    var mayBeMissing = false

    /// True when an answer of this status says that the endpoint is ready.
    func accepts(_ status: Int) -> Bool {
        if isAnyAnswerEnough { return status < 500 }
        return status == 200 || mayBeMissing && (status == 404 || status == 405)
    }
}
