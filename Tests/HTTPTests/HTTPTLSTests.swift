// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTP
import Testing

/// TLS against OpenSSL's own test server, with certificates made on the spot.
@Suite(.timeLimit(.minutes(1))) final class HTTPTLSTests {
    private let folder: String
    private let client: HTTPClient
    private var servers: [Process] = []

    init() throws {
        folder = NSTemporaryDirectory() + "sluice-tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        client = try HTTPClient()
        try makeCertificate("server", for: "DNS:localhost")
        try makeCertificate("client", for: "DNS:gateway")
    }

    deinit {
        // Not `terminate`: a server inherits what this process ignores, and others' tests ignore SIGTERM.
        for server in servers { kill(server.processIdentifier, SIGKILL) }
        client.shutdown()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func path(_ name: String) -> String { "\(folder)/\(name)" }

    private func makeCertificate(_ name: String, for subject: String) throws {
        let process = openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=\(name)",
            "-addext",
            "subjectAltName=\(subject)",
            "-keyout",
            path("\(name).key"),
            "-out",
            path("\(name).pem")
        )
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    private func openssl(_ arguments: String...) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        return process
    }

    /// Starts a server on a free port and returns that.
    private func serve(asksForCertificate: Bool = false) throws -> Int {
        let process = openssl(
            "s_server",
            "-accept",
            "0",
            "-www",
            "-naccept",
            "16",
            "-cert",
            path("server.pem"),
            "-key",
            path("server.key")
        )
        if asksForCertificate {
            process.arguments? += [
                "-Verify", "1", "-verify_return_error", "-CAfile", path("client.pem"),
            ]
        }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        servers.append(process)
        var text = ""
        while true {
            let piece = output.fileHandleForReading.availableData
            guard !piece.isEmpty else { break }
            text += String(decoding: piece, as: UTF8.self)
            let accept = text.split(separator: "\n").first { $0.hasPrefix("ACCEPT") }
            if text.hasSuffix("\n"), let accept, let port = accept.split(separator: ":").last {
                return try #require(Int(port))
            }
        }
        return try #require(nil as Int?, "the server did not say its port")
    }

    @Test func `trusts the authority it is given`() async throws {
        let port = try serve()
        let tls = HTTPTLS(caFile: path("server.pem"))
        let request = HTTPRequest(url: "https://localhost:\(port)/", tls: tls)
        for _ in 0..<2 {
            let response = try await client.send(request)
            #expect(response.status == 200)
        }
    }

    @Test func `does not trust an unknown authority, nor send it anything`() async throws {
        let port = try serve()
        let request = HTTPRequest(url: "https://localhost:\(port)/")
        let error = await failure { try await client.send(request) }
        #expect(error?.code == .tls)
        #expect(error?.mayHaveBeenSent == false)
    }

    @Test func `does not trust a certificate for another name`() async throws {
        let port = try serve()
        let tls = HTTPTLS(caFile: path("server.pem"))
        let request = HTTPRequest(url: "https://127.0.0.1:\(port)/", tls: tls)
        let error = await failure { try await client.send(request) }
        #expect(error?.code == .tls)
    }

    @Test func `shows its own certificate where the server asks for one`() async throws {
        let port = try serve(asksForCertificate: true)
        var request = HTTPRequest(
            url: "https://localhost:\(port)/",
            tls: HTTPTLS(caFile: path("server.pem"))
        )
        let error = await failure { try await client.send(request) }
        #expect(error != nil)
        request.tls.certificateFile = path("client.pem")
        request.tls.keyFile = path("client.key")
        let response = try await client.send(request)
        #expect(response.status == 200)
    }

    @Test func `says so when a file of its own cannot be read`() async throws {
        let port = try serve()
        let tls = HTTPTLS(caFile: path("missing.pem"))
        let request = HTTPRequest(url: "https://localhost:\(port)/", tls: tls)
        let error = await failure { try await client.send(request) }
        #expect(error?.code == .tls)
        #expect(error?.message.contains("missing.pem") == true)
    }
}
