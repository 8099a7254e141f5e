// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Infer

@Suite struct `A choice between versions` {
    private let occasion = ModelChoice.Occasion(time: "t", author: .command, reason: "r")

    private func state(
        _ use: ModelUse = ModelUse(),
        choice: ModelChoice? = nil,
        active: Int,
        canary: Int? = nil
    ) -> ModelChoice.State {
        .init(use: use, choice: choice, active: active, canary: canary, available: [1, 2, 3, 4])
    }

    private func roles(_ use: ModelUse, _ choice: ModelChoice) -> ModelRoles {
        ModelRoles(use, choice: choice, available: [1, 2, 3, 4])
    }

    @Test func `promotes a canary and goes back again`() throws {
        let use = ModelUse(version: .number(2), canary: .init(version: .number(3), share: 0.1))
        let promoted = ModelChoice.promotion(
            to: 3,
            state(use, active: 2, canary: 3),
            on: occasion
        )
        #expect(roles(use, promoted).active == [3])
        #expect(roles(use, promoted).canary == nil)
        #expect(promoted.previous == 2)
        let back = try ModelChoice.rollback(
            to: nil,
            state(use, choice: promoted, active: 3),
            on: occasion
        )
        #expect(roles(use, back).active == [2])
        #expect(back.refused == [3])
        // It is no canary any more, before somebody promotes it by name.
        #expect(roles(use, back).canary == nil)
        let again = ModelChoice.promotion(
            to: 3,
            state(use, choice: back, active: 2),
            on: occasion
        )
        #expect(again.refused.isEmpty)
        #expect(roles(use, again).active == [3])
    }

    @Test func `ends a canary and leaves alone who speaks`() throws {
        let use = ModelUse(version: .number(2), canary: .init(version: .number(3), share: 0.1))
        let ended = try ModelChoice.rollback(
            to: nil,
            state(use, active: 2, canary: 3),
            on: occasion
        )
        #expect(ended.version == nil)
        #expect(roles(use, ended).active == [2])
        #expect(roles(use, ended).canary == nil)
    }

    @Test func `goes back to the version before, or the one that is named`() throws {
        let use = ModelUse()
        let back = try ModelChoice.rollback(to: nil, state(use, active: 4), on: occasion)
        #expect(roles(use, back).active == [3])
        let further = try ModelChoice.rollback(
            to: nil,
            state(use, choice: back, active: 3),
            on: occasion
        )
        #expect(roles(use, further).active == [2])
        #expect(further.refused == [3, 4])
        let named = try ModelChoice.rollback(
            to: 4,
            state(use, choice: further, active: 2),
            on: occasion
        )
        #expect(roles(use, named).active == [4])
        #expect(named.refused == [2, 3])
    }

    @Test func `is refused where there is nothing to go back to`() {
        let use = ModelUse()
        #expect(
            throws: ModelChoice.Refusal(message: "no version spoke before version 1")
        ) { try ModelChoice.rollback(to: nil, state(use, active: 1), on: occasion) }
        #expect(
            throws: ModelChoice.Refusal(message: "version 3 is the one that speaks")
        ) { try ModelChoice.rollback(to: 3, state(use, active: 3), on: occasion) }
    }

    @Test func `forgets one that was made over other words`() throws {
        let old = ModelUse(version: .number(2))
        let promoted = ModelChoice.promotion(to: 4, state(old, active: 2), on: occasion)
        let new = ModelUse(version: .number(3))
        let back = try ModelChoice.rollback(
            to: nil,
            state(new, choice: promoted, active: 3),
            on: occasion
        )
        #expect(roles(new, back).active == [2])
        #expect(back.refused == [3])
    }
}
