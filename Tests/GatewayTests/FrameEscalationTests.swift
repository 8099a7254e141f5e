// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Spool
import Testing
import Vocabulary

@testable import Gateway

/// Frames are asked about as the tensor that the cloud's model takes, where the policy lets them out.
@Suite struct `A frame that is escalated` {
    /// 12 x 8 pixels of red 200, green 100, blue 50, as Base64.
    private static let png =
        "iVBORw0KGgoAAAANSUhEUgAAAAwAAAAICAIAAABChommAAAAFUlEQVR42mM8kWLEQAgwMRABhrciAJ0BAW79GVkEAAAAAElFTkSuQmCC"

    private func files(send: String = "[photo]") -> [String: String] {
        [
            "sluice.yaml": """
            site: { name: plant-4 }
            broker: { url: mqtt://127.0.0.1:1883 }
            inputs: [{ name: cameras, topics: ["plant/+/camera"] }]
            policies: { path: Policies }
            cloud:
              central:
                url: http://127.0.0.1:9
                models:
                  parts:
                    model: parts-large
                    inputs: { image: { image: { field: photo, size: [4, 2] } } }
            spool: { path: spool.sqlite }
            """,
            "Policies/parts/policy.yaml": """
            policy: parts
            match: { topic: plant/+line/camera }
            reading:
              device: "{line}"
              sequence: n
              fields: { photo: { path: photo, type: bytes }, weight: { path: weight, type: number } }
            escalate: [central]
            deadline: 250ms
            rules: [{ name: ask, route: escalate, when: "true", fallback: defer }]
            otherwise: { route: drop }
            privacy: { send: \(send) }
            """,
        ]
    }

    @Test func `is kept and asked about as a tensor of its shape`() throws {
        let rig = try Rig(files())
        let path = rig.path()
        path.receive(
            rig.burst(#"{"n":1,"weight":2,"photo":"\#(Self.png)"}"#, on: "plant/4/camera")
        )
        try path.settle()
        let listed = try #require(try rig.rows().first)
        let row = try #require(try rig.spool.row(listed.id))
        #expect(row.kind == .escalation)
        let question = try OpenDecision.decoded(row.body)
        let tensor = try #require(question.outbound.tensors.first)
        #expect(tensor.name == "image")
        #expect(tensor.dimensions == [3, 2, 4])
        #expect(tensor.values.count == 24)
        #expect(tensor.values.prefix(8).allSatisfy { abs($0 - 200.0 / 255) < 1e-5 })
    }

    @Test func `does not leave unless the policy names it (G8)`() throws {
        let folder = try SiteFolder(files(send: "[weight]"))
        let found = folder.shown(folder.check().diagnostics)
        #expect(
            found.contains {
                $0.contains(
                    "tensor `image` is made of `photo`, which policy `parts` does not let out"
                )
            },
            "\(found)"
        )
    }
}
