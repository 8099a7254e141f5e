// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Logging
import Settings
import Testing
import Vocabulary

@testable import Gateway

@Suite struct CredentialWatchTests {
    private let path =
        FileManager.default.temporaryDirectory.path + "/token-\(UInt64.random(in: 0...(.max)))"

    private func write(_ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }

    @Test func `G6: a credential file that was lost is told of, and its content stays in force`()
        throws
    {
        let watch = CredentialWatch(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var now = MonotonicInstant(nanoseconds: 1)
        func look() {
            now = now + .seconds(5)
            watch.look(at: [path], now: now)
        }
        try write("old\n")
        defer { unlink(path) }
        let secret = SecretReference(.file(path))
        #expect(try secret.read() == "old")
        look()
        #expect(watch.warnings.isEmpty)
        unlink(path)
        watch.look(at: [path], now: now + .seconds(4))
        #expect(watch.warnings.isEmpty)
        look()
        #expect(
            watch.warnings == ["`\(path)`: there is no such file; what it last held stays in force"]
        )
        #expect(try secret.read() == "old")
        try write("new\n")
        look()
        #expect(watch.warnings.isEmpty)
        #expect(try secret.read() == "new")
    }

    @Test func `a certificate that nobody keeps is told of as well`() {
        let watch = CredentialWatch(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        watch.look(at: ["/nowhere/client.pem"], now: MonotonicInstant(nanoseconds: 1))
        #expect(watch.warnings.first?.contains("the next connection will need it") == true)
    }
}
