// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

@testable import Gateway

/// What a row of an open decision holds: written by hand, read by `Codable`.
@Suite struct OpenDecisionTests {
    private static let least = """
        {"format":1,"id":"00112233445566778899aabbccddeeff","policy":"p","policyVersion":"v",
        "device":"d","time":-5,"rule":"r","route":"defer","priority":0,"revisions":1,"local":{},
        "endpoints":[],"tensors":[],"topic":"t","payload":"","index":0}
        """
    private static let most = """
        {"format":1,"audit":{"rate":0.02,"thinning":1,"drawClass":3},
        "id":"00112233445566778899aabbccddeeff","policy":"p","policyVersion":"v",
        "device":"a \\"b\\" \\\\ ü\\u0001\\n","time":1763700000000000001,"sequence":-9007199254740993,
        "rule":"r","route":"escalate","priority":2,"fallback":"act_provisionally",
        "standing":"provisional","revisions":3,
        "local":{"label":"worn","confidence":0.1,"score":1e-300,"model":"m","modelVersion":"1",
        "margin":-0.5,"probabilities":[0.25,"nan",1e20],"stage":2,"value":"-inf",
        "detections":[{"label":"x","score":"inf","box":[1,2.5,3,4]}],"failed":"f","skipped":"s",
        "digest":"g"},"actedOn":"worn","endpoints":["a","b"],
        "tensors":[{"name":"X","values":[0.1,-3e30,"inf"],"dimensions":[1,3]},
        {"name":"Y","values":[]}],"topic":"a/b","payload":"AAEC/w==","index":7}
        """

    @Test(arguments: [least, most])
    func `a row says the same after it was written and read`(_ text: String) throws {
        let first = try OpenDecision.decoded(Array(text.utf8))
        let second = try OpenDecision.decoded(first.encoded())
        #expect(try Self.canonical(second) == Self.canonical(first))
    }

    @Test func `what is absent is not written`() throws {
        let question = try OpenDecision.decoded(Array(Self.least.utf8))
        let text = String(decoding: question.encoded(), as: UTF8.self)
        #expect(!text.contains("null"))
        #expect(text.contains(#""local":{}"#))
    }

    /// As `Codable` writes it, so that a member forgotten by hand is noticed.
    private static func canonical(_ question: OpenDecision) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf",
            negativeInfinity: "-inf",
            nan: "nan"
        )
        return String(decoding: try encoder.encode(question), as: UTF8.self)
    }
}
