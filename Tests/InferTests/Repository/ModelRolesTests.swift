// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Infer

@Suite struct `The roles of a model's versions` {
    private let there = [3, 10, 4, 5]

    private func choice(
        over use: ModelUse,
        version: Int? = nil,
        refused: [Int] = []
    ) -> ModelChoice {
        ModelChoice(
            over: use.words,
            version: version,
            refused: refused,
            time: "2026-01-01T00:00:00Z",
            author: .command,
            reason: "because"
        )
    }

    @Test func `are those of the highest number when nobody says anything`() {
        let roles = ModelRoles(ModelUse(), choice: nil, available: there)
        #expect(roles.active == [10, 5, 4, 3])
        #expect(roles.canary == nil)
        #expect(roles.shadow == nil)
    }

    @Test func `are the operator's, who may pin a version that is not there`() {
        #expect(ModelRoles(.init(version: .number(4)), choice: nil, available: there).active == [4])
        #expect(ModelRoles(.init(version: .number(9)), choice: nil, available: there).active == [9])
        #expect(ModelRoles(.init(), choice: nil, available: []).active == [])
    }

    @Test func `leave the canary and the shadow out of what is latest`() {
        let use = ModelUse(canary: .init(version: .number(10), share: 0.1), shadow: .number(5))
        let roles = ModelRoles(use, choice: nil, available: there)
        #expect(roles.active == [4, 3])
        #expect(roles.canary == 10)
        #expect(roles.shadow == 5)
        let alone = ModelRoles(use, choice: nil, available: [10])
        #expect(alone.active == [10])
        #expect(alone.canary == nil)
    }

    @Test func `follow a canary that is always the latest`() {
        let use = ModelUse(
            version: .number(4),
            canary: .init(version: .latest, share: 0.1),
            shadow: .latest
        )
        let roles = ModelRoles(use, choice: nil, available: there)
        #expect(roles == ModelRoles(active: [4], canary: 10, shadow: 5))
        // One that was rolled back is followed by the next one that is newer than what speaks.
        let refused = choice(over: use, refused: [10])
        #expect(ModelRoles(use, choice: refused, available: there).canary == 5)
        #expect(ModelRoles(use, choice: refused, available: [3, 4, 10]).canary == nil)
    }

    @Test func `change by a choice, until the operator names other versions`() {
        let use = ModelUse(version: .number(3), canary: .init(version: .number(4), share: 0.1))
        let promoted = choice(over: use, version: 4)
        let roles = ModelRoles(use, choice: promoted, available: there)
        #expect(roles.active == [4])
        #expect(roles.canary == nil)
        var wider = use
        wider.canary?.share = 0.5
        #expect(ModelRoles(wider, choice: promoted, available: there).active == [4])
        var other = use
        other.version = .number(5)
        #expect(ModelRoles(other, choice: promoted, available: there).active == [5])
    }

    @Test func `leave a canary out over which a newer version was promoted`() {
        let use = ModelUse(version: .number(3), canary: .init(version: .number(4), share: 0.1))
        let newer = choice(over: use, version: 5)
        #expect(ModelRoles(use, choice: newer, available: there).canary == nil)
        let same = choice(over: use, version: 3)
        #expect(ModelRoles(use, choice: same, available: there).canary == 4)
    }

    @Test func `never give a version that was rolled back another chance`() {
        let use = ModelUse(canary: .init(version: .number(10), share: 0.1))
        let refused = choice(over: use, refused: [10, 5])
        let roles = ModelRoles(use, choice: refused, available: there)
        #expect(roles.active == [4, 3])
        #expect(roles.canary == nil)
        // Unless there is nothing else.
        #expect(ModelRoles(use, choice: refused, available: [5]).active == [5])
    }

    @Test func `give no version two of them`() {
        let use = ModelUse(
            version: .number(4),
            canary: .init(version: .number(4), share: 1),
            shadow: .number(4)
        )
        #expect(ModelRoles(use, choice: nil, available: there) == ModelRoles(active: [4]))
        let both = ModelUse(
            version: .number(3),
            canary: .init(version: .number(4), share: 1),
            shadow: .number(4)
        )
        #expect(
            ModelRoles(both, choice: nil, available: there) == ModelRoles(active: [3], canary: 4)
        )
    }
}

extension ModelRoles {
    fileprivate init(active: [Int], canary: Int? = nil, shadow: Int? = nil) {
        self.init(ModelUse(version: .number(active[0])), choice: nil, available: active)
        self.canary = canary
        self.shadow = shadow
    }
}
