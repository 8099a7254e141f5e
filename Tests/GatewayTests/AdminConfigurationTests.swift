// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `The admin section` {
    private func read(_ admin: String) throws -> (GatewayConfiguration.Admin?, [String]) {
        let text = "admin: \(admin)\n"
        let (file, _) = SettingsFile.parse(Array(text.utf8), shownAs: "sluice.yaml")
        let root = try #require(file).root
        let settings = GatewayConfiguration.Admin.read(root)
        root.finish()
        let messages = try #require(file).diagnostics.filter { $0.severity == .error }
        return (settings, messages.map(\.message))
    }

    @Test func `listens on loopback without any word more`() throws {
        let (settings, errors) = try read("{}")
        #expect(settings?.host == "127.0.0.1" && settings?.port == 8_730)
        #expect(errors.isEmpty)
        #expect(try read("{ listen: \"[::1]:1234\" }").0?.host == "::1")
        #expect(try read("{ listen: localhost }").0?.port == 8_730)
    }

    @Test func `any other address wants TLS and a token`() throws {
        for host in ["0.0.0.0:8730", "127.evil.com:1", "192.0.2.7", "\"[::]:1\"", "localhost.x:1"] {
            let (_, errors) = try read("{ listen: \(host) }")
            #expect(errors.contains { $0.contains("no `tls` and no `token_file`") }, "\(host)")
        }
        let (_, errors) = try read("{ listen: 0.0.0.0:1, token_env: T }")
        #expect(errors.contains { $0.contains("there is no `tls`") })
    }

    @Test func `certificate and key go together, and a token is not written out`() throws {
        #expect(try read("{ tls: { key_file: /none } }").1.contains { $0.contains("certificate") })
        #expect(try read("{ token: abc }").1.contains { $0.contains("may not be written") })
        #expect(try read("{ listen: nowhere:x }").1.count == 1)
        #expect(try read("{ port: 1 }").1.count == 1)
    }
}
