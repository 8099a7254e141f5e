// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MQTT

@Suite struct MQTTReasonTests {
    @Test func `speaks the specification's words`() {
        #expect(MQTTReason(code: 0x87).description == "Not authorized (code 135)")
    }

    @Test func `translates return codes of 3.1.1`() {
        let codes = (0...6).map { MQTTReason(returnCode: UInt8($0)).code }
        #expect(codes == [0, 0x84, 0x85, 0x88, 0x86, 0x87, 0x80])
    }

    @Test func `only codes from 128 are failures`() {
        #expect(!MQTTReason(code: 16).isFailure)
        #expect(MQTTReason(code: 128).isFailure)
    }

    @Test func `a quota passes, an access list stays`() {
        #expect(!MQTTPublishFailure.rejected(MQTTReason(code: 0x97)).isPermanent)
        #expect(MQTTPublishFailure.rejected(MQTTReason(code: 0x87)).isPermanent)
    }

    @Test func `what was under way may have been sent`() {
        #expect(MQTTPublishFailure.connectionLost.mayHaveBeenSent)
        #expect(!MQTTPublishFailure.notConnected.mayHaveBeenSent)
    }

    @Test(arguments: [
        ("Client a received PUBLISH (d1, q1, r0, m7, 't', ... (2 bytes))", true),
        ("Client a received PUBLISH (d0, q1, r0, m7, 't', ... (2 bytes))", false),
        ("Client a sending PUBACK (m7, rc0)", nil),
        ("received PUBLISH (d", false),
    ])
    func `finds the duplicate mark in the library's line`(line: String, isPresent: Bool?) {
        #expect(line.withCString { DuplicateMark.isPresent(in: $0) } == isPresent)
    }
}
