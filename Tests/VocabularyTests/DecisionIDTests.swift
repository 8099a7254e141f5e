// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@Suite struct DecisionIDTests {
    @Test func `is read back from its 32 digits`() {
        let id = DecisionID(high: 0x0123_4567_89AB_CDEF, low: 1)
        #expect(id.description == "0123456789abcdef0000000000000001")
        #expect(DecisionID(id.description) == id)
    }

    @Test(arguments: ["", "12", "0123456789abcdef000000000000000g"])
    func `refuses other texts`(text: String) {
        #expect(DecisionID(text) == nil)
    }

    @Test func `an effect's key names decision, revision and effect`() {
        let id = DecisionID(high: 0, low: 0xFF)
        let key = EffectKey(decision: id, revision: 2, effect: "alarm")
        #expect(key.description == "000000000000000000000000000000ff:2:alarm")
    }
}
