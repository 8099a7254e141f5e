// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

/// How long a certificate still holds.
struct CertificateFacts: Equatable, Sendable {
    /// Where it is from, for people.
    var subject: String
    /// Why it could not be read; nil where it could.
    var failure: String?
    /// Days until it begins to hold; 0 or less where it does.
    var daysUntilStart = 0.0
    /// Days until it ends.
    var days = 0.0

    /// The certificate of the file at `path` that ends first; `now` in seconds since 1970.
    init(file path: String, subject: String, now: Double = ClockFacts.times().wall) {
        self.subject = subject
        do throws(BoundedFile.Failure) {
            let bytes = try BoundedFile.read(path: path, limit: 4 << 20)
            let text = String(decoding: bytes, as: UTF8.self)
            let spans = Self.blocks(text).map { CertificateSpan(pem: $0) }
            guard !spans.isEmpty else {
                failure = "`\(path)` holds no certificate in PEM"
                return
            }
            let known = spans.compactMap(\.self)
            guard known.count == spans.count, let first = known.min(by: { $0.end < $1.end }) else {
                failure = "`\(path)` holds a certificate that does not read"
                return
            }
            take(first, now)
        } catch {
            failure = "`\(path)`: \(error.message)"
        }
    }

    /// The certificate in `bytes`, DER.
    init(der bytes: [UInt8], subject: String, now: Double = ClockFacts.times().wall) {
        self.subject = subject
        guard let span = CertificateSpan(der: bytes) else {
            failure = "its certificate does not read"
            return
        }
        take(span, now)
    }

    /// What is left of one, for tests and whoever knows it already.
    init(subject: String, daysUntilStart: Double = 0, days: Double) {
        self.subject = subject
        self.daysUntilStart = daysUntilStart
        self.days = days
    }

    private mutating func take(_ span: CertificateSpan, _ now: Double) {
        days = (span.end - now) / 86_400
        daysUntilStart = (span.start - now) / 86_400
    }

    /// The certificates of a PEM file (RFC 7468), text between them left out; 1000 at most.
    static func blocks(_ text: String) -> [String] {
        var blocks: [String] = []
        var lines: [Substring]?
        for line in text.split(whereSeparator: \.isNewline) {
            if line == "-----BEGIN CERTIFICATE-----" { lines = [] }
            lines?.append(line)
            if line == "-----END CERTIFICATE-----", let block = lines {
                blocks.append(block.joined(separator: "\n"))
                lines = nil
                if blocks.count == 1_000 { break }
            }
        }
        return blocks
    }

    /// What follows from it; pure.
    var item: Checkup.Item {
        if let failure {
            return Checkup.Item(
                subject,
                .fail,
                failure,
                remedy: "put a certificate in PEM there that the user that runs sluice can read"
            )
        }
        let figures = ["days_left": (days * 10).rounded() / 10]
        if daysUntilStart > 0 {
            return Checkup.Item(
                subject,
                .fail,
                "it does not hold yet, for \(Self.span(daysUntilStart)) more",
                remedy: "is the clock right?",
                figures: figures
            )
        }
        if days <= 0 {
            return Checkup.Item(
                subject,
                .fail,
                "it ended \(Self.span(-days)) ago",
                remedy: "renew it",
                figures: figures
            )
        }
        return Checkup.Item(
            subject,
            days < 21 ? .warn : .ok,
            "\(Self.span(days)) left",
            remedy: days < 21 ? "renew it, and put the new one in its place" : nil,
            figures: figures
        )
    }

    /// So many days, or hours where a day makes a difference.
    static func span(_ days: Double) -> String {
        let (count, unit) = days < 3 ? (Int(days * 24), "hour") : (Int(days), "day")
        return "\(count) \(unit)\(count == 1 ? "" : "s")"
    }
}
