// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTP
import Testing
import Vocabulary

@testable import Escalate

/// Signatures held to botocore's, which `Fixtures/sigv4.py` wrote.
@Suite struct SignatureV4Tests {
    private struct Signed: Decodable {
        var url: String
        var headers: [[String]]
        var body: String
        var region: String
        var service: String
        var time: Int64
        var key: String
        var secret: String
        var token: String?
        var signed: [String: String]
    }

    @Test func `signs like botocore`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/sigv4.json")
        let cases = try JSONDecoder().decode([Signed].self, from: Data(contentsOf: path))
        #expect(cases.count == 400)
        for one in cases {
            let request = HTTPRequest(
                method: "POST",
                url: one.url,
                headers: one.headers.map { ($0[0], $0[1]) },
                body: Array(one.body.utf8)
            )
            let signature = SignatureV4(
                region: one.region,
                service: one.service,
                keys: .init(access: one.key, secret: one.secret, session: one.token),
                time: WallTime(nanoseconds: one.time * 1_000_000_000 + 999_999_999)
            )
            let added = try signature.headers(for: request)
            #expect(
                Dictionary(uniqueKeysWithValues: added.map { ($0.name, $0.value) }) == one.signed,
                "\(one.url) \(one.headers)"
            )
        }
    }

    @Test func `an address without a host is not signed`() {
        let signature = SignatureV4(
            region: "r",
            service: "s",
            keys: .init(access: "a", secret: "b", session: nil),
            time: WallTime(nanoseconds: 0)
        )
        for url in ["", "nowhere", "https://", "https:///x"] {
            #expect(throws: CredentialError.self) {
                try signature.headers(for: HTTPRequest(url: url))
            }
        }
    }
}
