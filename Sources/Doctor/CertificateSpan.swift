// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import SwiftASN1

/// From when to when a certificate holds (X.509, RFC 5280 section 4.1.2.5), in seconds since 1970.
struct CertificateSpan: Equatable, Sendable {
    var start: Double
    var end: Double

    /// Reads one block of PEM; nil where it is no certificate.
    init?(pem text: String) {
        guard let document = try? PEMDocument(pemString: text) else { return nil }
        self.init(der: document.derBytes)
    }

    /// Reads DER; nil where it is no certificate.
    init?(der bytes: [UInt8]) {
        guard let root = try? DER.parse(bytes),
            let body = Self.children(root)?.first,
            let fields = Self.children(body)
        else { return nil }
        // An explicit version comes first where there is one; then number, algorithm, issuer, validity.
        let hasVersion = fields.first?.identifier.tagClass == .contextSpecific
        let place = hasVersion ? 4 : 3
        guard fields.count > place, let times = Self.children(fields[place]), times.count == 2,
            let start = Self.seconds(times[0]), let end = Self.seconds(times[1])
        else { return nil }
        self.start = start
        self.end = end
    }

    private static func children(_ node: ASN1Node) -> [ASN1Node]? {
        guard case .constructed(let nodes) = node.content else { return nil }
        return Array(nodes)
    }

    private static func seconds(_ node: ASN1Node) -> Double? {
        if let time = try? UTCTime(derEncoded: node) {
            return seconds(
                (time.year, time.month, time.day),
                (time.hours, time.minutes, time.seconds)
            )
        }
        guard let time = try? GeneralizedTime(derEncoded: node) else { return nil }
        return seconds((time.year, time.month, time.day), (time.hours, time.minutes, time.seconds))
    }

    /// A date and a time of day, UTC.
    static func seconds(_ date: (Int, Int, Int), _ time: (Int, Int, Int)) -> Double {
        var calendar = tm()
        calendar.tm_year = Int32(clamping: date.0 - 1_900)
        calendar.tm_mon = Int32(clamping: date.1 - 1)
        calendar.tm_mday = Int32(clamping: date.2)
        calendar.tm_hour = Int32(clamping: time.0)
        calendar.tm_min = Int32(clamping: time.1)
        calendar.tm_sec = Int32(clamping: time.2)
        return Double(timegm(&calendar))
    }
}
