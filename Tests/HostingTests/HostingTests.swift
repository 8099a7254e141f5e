// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Synchronization
import Testing

@testable import Hosting

@Suite struct `A bearer token` {
    @Test func `lets in who brings it, whole`() {
        let token = BearerToken("s3cret")
        #expect(token.admits("Bearer s3cret"))
        for wrong in [
            nil, "", "Bearer", "Bearer s3cre", "Bearer s3cret ", "bearer s3cret", "s3cret",
        ] {
            #expect(!token.admits(wrong))
        }
    }
}

@Suite struct `The certificate a server shows` {
    private let folder: String

    init() throws {
        folder =
            FileManager.default.temporaryDirectory.path + "/tls-\(UInt64.random(in: 0...(.max)))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func pair(_ name: String) throws -> (certificate: String, key: String) {
        let (certificate, key) = ("\(folder)/\(name).pem", "\(folder)/\(name).key")
        let command =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
            + "-subj /CN=localhost -keyout \(key) -out \(certificate) 2>/dev/null"
        try #require(Glibc.system(command) == 0)
        return (certificate, key)
    }

    @Test func `is read with its key`() throws {
        let files = try pair("a")
        _ = try ServerTLS(certificateFile: files.certificate, keyFile: files.key) { _ in }
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test func `is refused with another's key, or without a file`() throws {
        let (one, other) = (try pair("a"), try pair("b"))
        #expect(throws: ServerTLS.Unusable.self) {
            try ServerTLS(certificateFile: one.certificate, keyFile: other.key) { _ in }
        }
        #expect(throws: ServerTLS.Unusable.self) {
            try ServerTLS(certificateFile: one.key, keyFile: one.key) { _ in }
        }
        #expect(throws: ServerTLS.Unusable.self) {
            try ServerTLS(certificateFile: one.certificate, keyFile: "\(folder)/none") { _ in }
        }
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test func `stays the last that could be used, and that is told once (G6)`() throws {
        let files = try pair("a")
        let told = Told()
        let tls = try ServerTLS(certificateFile: files.certificate, keyFile: files.key) {
            told.append($0)
        }
        tls.refresh()
        #expect(told.all.isEmpty)
        try Data("no PEM".utf8).write(to: URL(filePath: files.certificate))
        for _ in 0..<3 { tls.refresh() }
        #expect(told.all.count == 1)
        #expect(told.all.first?.contains(files.certificate) == true)
        _ = try pair("a")
        tls.refresh()
        #expect(told.all.count == 1)
        try FileManager.default.removeItem(atPath: folder)
    }
}

/// What was reported.
private final class Told: Sendable {
    private let texts = Mutex<[String]>([])

    var all: [String] { texts.withLock { $0 } }

    func append(_ text: String) { texts.withLock { $0.append(text) } }
}
