// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Sync

@Suite struct `A line for a sink as a row` {
    @Test func `is read back as it was written`() throws {
        let row = DeliveryRow(sink: "lake", device: "4/17", json: Array("{\"a\":1}".utf8))
        #expect(try DeliveryRow(body: row.encoded()) == row)
        let nameless = DeliveryRow(sink: "lake", device: nil, json: Array("{}".utf8))
        #expect(try DeliveryRow(body: nameless.encoded()) == nameless)
    }

    @Test(arguments: [
        "", "{}", "{\"format\":1}\n{}", "{\"format\":2,\"sink\":\"a\"}\n{}",
        "{\"format\":1,\"sink\":\"a\"}\n", "{\"format\":1,\"sink\":\"a\"}\n{}\n{}",
        "{\"format\":1,\"sink\":\"a\"}\n[1]",
    ])
    func `is refused where it is not one line`(text: String) {
        #expect(throws: DeliveryRow.Unreadable.self) { try DeliveryRow(body: Array(text.utf8)) }
    }
}
