// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Gateway
import Logging
import Spool
import Telemetry
import Testing
import Vocabulary

@testable import Admin

/// A site in a folder of its own, and its gateway.
final class ControlSite: Sendable {
    static let policy = """
        policy: press
        match: { topic: plant/+line/press }
        reading: { device: "{line}", sequence: n, fields: { force: force } }
        otherwise: { route: drop }

        """

    let folder: String
    let socket: String
    let gateway: Gateway
    let silence = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A site with `files` beside its own, and lines about models in its configuration and its policy.
    init(_ more: [String: String] = [:], models: String = "", policy: String = "") throws {
        folder =
            FileManager.default.temporaryDirectory.path
            + "/admin-\(UInt64.random(in: 0...(.max)))"
        socket = folder + "/c.sock"
        let files = [
            "sluice.yaml": """
            site: { name: plant-4 }
            broker: { url: mqtt://127.0.0.1:9 }
            inputs: [{ name: presses, topics: ["plant/+/press"] }]
            policies: { path: Policies }
            spool: { path: spool.sqlite }
            control: { socket: c.sock }
            \(models)
            """,
            "Policies/press/policy.yaml": Self.policy + policy,
        ]
        for (name, text) in files.merging(more, uniquingKeysWith: { first, _ in first }) {
            try Self.write(folder, name, text)
        }
        let findings = CheckedSite.check(configuration: folder + "/sluice.yaml", logger: silence)
        gateway = try Gateway(
            site: try #require(findings.site),
            metrics: MetricsRegistry(),
            logger: silence
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    func write(_ name: String, _ text: String) throws { try Self.write(folder, name, text) }

    private static func write(_ folder: String, _ name: String, _ text: String) throws {
        let file = "\(folder)/\(name)"
        try FileManager.default.createDirectory(
            atPath: String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)]),
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: URL(filePath: file))
    }

    func put(_ key: String, device: String) throws {
        var change = SpoolChange()
        change.inserts.append(
            NewEntry(
                id: gateway.spool.reserveIDs(1).lowerBound,
                key: key,
                kind: .deferral,
                priority: .normal,
                device: device,
                policy: "press",
                policyVersion: "v1",
                body: []
            )
        )
        try gateway.spool.commit(change)
    }

    /// Serves the socket while `body` asks.
    func serving(_ body: (ControlClient) async throws -> Void) async throws {
        let server = ControlServer(gateway: gateway, socket: socket, logger: silence)
        let task = Task { try await server.run() }
        let client = try ControlClient(socket: socket)
        for _ in 0..<2_000 {
            do throws(ControlClient.Failure) {
                _ = try await client.send("GET", "/v1/spool/stats")
                break
            } catch {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        do {
            try await body(client)
        } catch {
            Issue.record(error)
        }
        task.cancel()
        _ = await task.result
    }
}
