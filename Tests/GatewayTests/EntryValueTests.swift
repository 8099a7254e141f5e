// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct `What a row is worth` {
    @Test func `is the more the less sure the local answer was`() {
        let values = [0.0, 0.2, 0.5, 0.79, 0.8, 0.9, 1.0].map {
            EntryValue.question(confidence: $0, threshold: 0.8)
        }
        #expect(values.first == 1 && values.last == 0)
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 > $1 })
        #expect(values[4] == 0.5)
    }

    @Test func `is defined whatever is not known`() {
        #expect(EntryValue.question(confidence: nil, threshold: 0.8) == 0.5)
        #expect(EntryValue.question(confidence: .nan, threshold: 0.8) == 0.5)
        #expect(EntryValue.question(confidence: 0.75, threshold: nil) == 0.25)
        #expect(EntryValue.question(confidence: 1, threshold: 1) == 0)
        #expect(EntryValue.question(confidence: 7, threshold: 0.5) == 0)
    }
}
