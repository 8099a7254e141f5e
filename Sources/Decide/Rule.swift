// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
public import Settings
public import Vocabulary

/// One rule of a policy: where a reading goes when the condition holds.
public struct Rule: Sendable {
    /// Its name in decisions; `otherwise` for the last one.
    public let name: String
    /// Where the reading goes.
    public let route: Route
    /// What becomes of an escalation without an answer in time; nil exactly for other routes.
    public let fallback: Fallback?
    /// True when it acts on the local answer and asks the cloud afterwards.
    public let isProvisional: Bool
    /// How urgently what is spooled wants to leave.
    public let priority: Priority
    /// The condition as it is written; nil for `otherwise`.
    public var when: String? { condition?.source }
    /// Where its file names it.
    public let place: SettingsPlace

    let condition: Program?

    /// True when something of the reading is sent to the cloud, now or later.
    public var asksCloud: Bool {
        route == .escalate || route == .defer || isProvisional
    }
}
