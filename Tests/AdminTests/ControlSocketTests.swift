// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Gateway
import Spool
import Testing
import Vocabulary

@testable import Admin

/// The control socket, over a real Unix socket, of a gateway that was made and does not run.
@Suite(.serialized, .timeLimit(.minutes(1))) struct `The control socket` {
    @Test func `answers, and only its own user`() async throws {
        let site = try ControlSite()
        try await site.serving { client in
            let status = try GatewayStatus.decoded(try await client.send("GET", "/v1/status"))
            #expect(status.site == "plant-4")
            #expect(status.lanes.map(\.name) == ["presses"])
            #expect(try mode(of: site.socket) == 0o600)
        }
        #expect(!FileManager.default.fileExists(atPath: site.socket))
    }

    @Test func `lists and purges rows by the words of a filter`() async throws {
        let site = try ControlSite()
        try site.put("a", device: "line 4/ä&b")
        try site.put("b", device: "4")
        try await site.serving { client in
            func rows(_ query: [(name: String, value: String?)]) async throws -> String {
                String(
                    decoding: try await client.send("GET", "/v1/spool/rows", query: query),
                    as: UTF8.self
                )
            }
            let all = try await rows([])
            #expect(all.contains(#""key":"a""#) && all.contains(#""key":"b""#))
            let one = try await rows([("device", "line 4/ä&b"), ("kind", nil)])
            #expect(one.contains(#""key":"a""#) && !one.contains(#""key":"b""#))
            let purged = try await client.send(
                "POST",
                "/v1/spool/purge",
                query: [("device", "line 4/ä&b")]
            )
            #expect(String(decoding: purged, as: UTF8.self) == #"{"purged":1}"#)
            let left = try await rows([])
            #expect(!left.contains(#""key":"a""#) && left.contains(#""key":"b""#))
            let stats = try await client.send("POST", "/v1/spool/drain")
            #expect(String(decoding: stats, as: UTF8.self).contains(#""waiting":1"#))
        }
    }

    @Test func `refuses words that it does not know, and says which there are`() async throws {
        let site = try ControlSite()
        try await site.serving { client in
            let failure = await #expect(throws: ControlClient.Failure.self) {
                _ = try await client.send("POST", "/v1/spool/purge", query: [("kind", "odd")])
            }
            #expect(failure?.isAbsent == false)
            #expect(failure?.message.contains("`kind` is one of `pending`") == true)
        }
    }

    @Test func `tells of damaged rows, and refuses those that are not there`() async throws {
        let site = try ControlSite()
        try await site.serving { client in
            let rows = try await client.send("GET", "/v1/spool/quarantine")
            #expect(String(decoding: rows, as: UTF8.self) == "[]")
            let answer = try await client.send(
                "POST",
                "/v1/spool/quarantine/release",
                query: [("ids", "7")]
            )
            #expect(
                String(decoding: answer, as: UTF8.self)
                    == #"{"released":[],"refused":[{"id":7,"reason":"there is no row 7 in quarantine"}]}"#
            )
            for path in ["release", "purge"] {
                let failure = await #expect(throws: ControlClient.Failure.self) {
                    _ = try await client.send(
                        "POST",
                        "/v1/spool/quarantine/" + path,
                        query: [("ids", "1,x")]
                    )
                }
                #expect(failure?.message.contains("numbers with commas between them") == true)
            }
        }
    }

    @Test func `changes nothing on a GET`() async throws {
        let site = try ControlSite()
        try site.put("a", device: "4")
        try await site.serving { client in
            for path in [
                "/v1/spool/purge", "/v1/spool/drain", "/v1/reload", "/v1/spool/quarantine/purge",
            ] {
                await #expect(throws: ControlClient.Failure.self) {
                    _ = try await client.send("GET", path)
                }
            }
        }
        #expect(try site.gateway.spool.rows(limit: 10).count == 1)
    }

    @Test func `keeps the old policies when the new ones are wrong, and says why`() async throws {
        let site = try ControlSite()
        let version = site.gateway.status.policies.map(\.version)
        try site.write("Policies/press/policy.yaml", "policy: press\n")
        try await site.serving { client in
            let answer = String(
                decoding: try await client.send("POST", "/v1/reload"),
                as: UTF8.self
            )
            #expect(answer.contains("policy.yaml:1:1: error: `match` is missing"))
            #expect(answer.contains("\"taken\":false"))
            #expect(site.gateway.status.policies.map(\.version) == version)
            try site.write("Policies/press/policy.yaml", ControlSite.policy + "# changed\n")
            let good = try await client.send("POST", "/v1/reload")
            #expect(!String(decoding: good, as: UTF8.self).contains("error"))
            #expect(String(decoding: good, as: UTF8.self).contains("\"taken\":true"))
            #expect(site.gateway.status.policies.map(\.version) != version)
        }
    }

    @Test func `is replaced where a dead process has left one`() async throws {
        let site = try ControlSite()
        try site.write("c.sock", "left over")
        try await site.serving { client in
            _ = try await client.send("GET", "/v1/spool/stats")
        }
    }

    @Test func `is absent when no gateway runs`() async throws {
        let client = try ControlClient(socket: "/nowhere/c.sock")
        let failure = await #expect(throws: ControlClient.Failure.self) {
            _ = try await client.send("GET", "/v1/status")
        }
        #expect(failure?.isAbsent == true)
        #expect(failure?.message == "no gateway answers at /nowhere/c.sock")
    }

    private func mode(of path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }
}
