// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
public import Settings
public import Vocabulary

/// One action of a policy: what is told to whom, and how often.
public struct ActionSpec: Sendable {
    /// Where an action's word goes.
    public enum Target: Sendable {
        /// To a topic of the site's broker; the places of the template are listed at `TemplatePlaces.topic`.
        case publish(topic: Template, qualityOfService: UInt8, retain: Bool)
        /// To a web server.
        case webhook(Webhook)
        /// To the gateway's own log.
        case log
    }

    /// A web server to be told.
    public struct Webhook: Sendable {
        /// Its address, `http` or `https`.
        public let url: String
        /// Headers sent along.
        public let headers: [Header]
        /// A token for the `Authorization` header.
        public let bearer: SecretReference?
        /// How long one call may take.
        public let timeout: Interval
    }

    /// One header of a web request.
    public struct Header: Hashable, Sendable {
        /// Its name.
        public let name: String
        /// Its value.
        public let value: String
    }

    /// When the action is done.
    public enum Order: String, CaseIterable, Sendable {
        /// As soon as it is decided: for alerts.
        case fast
        /// When it is safe on disk: for commands.
        case durable
    }

    /// How an alarm is kept from ringing all the time: k of the last n, then silence for a while.
    public struct Hold: Hashable, Sendable {
        /// How many of a device's last readings count.
        public let of: Int
        /// How many of them the action's condition must have held for.
        public let atLeast: Int
        /// How long the action is then silent for the device.
        public let quiet: Interval

        /// Makes a hold.
        public init(of: Int, atLeast: Int, quiet: Interval) {
            self.of = of
            self.atLeast = atLeast
            self.quiet = quiet
        }
    }

    /// Its place among the policy's actions, from 0.
    public let index: Int
    /// Its name, unique in the policy.
    public let name: String
    /// Where it goes.
    public let target: Target
    /// The body with `{{name}}` places (Mustache); nil for a CloudEvents 1.0 event.
    public let payload: PayloadTemplate?
    /// What holds it back.
    public let hold: Hold?
    /// When it is done.
    public let order: Order
    /// How old the reading may be when the action is done; nil for any age.
    public let maximumAge: Interval?
    /// The condition as it is written; nil when it is done whenever the route is `act`.
    public var when: String? { condition?.source }

    let condition: Program?
}

/// The body of an action as the policy writes it: text with Mustache places such as `{{label}}`.
public struct PayloadTemplate: Hashable, Sendable {
    /// The text.
    public let source: String
    /// The names it asks for, in order.
    public let names: [String]
}

/// The names that templates of actions may use, beside the captures of the policy's topic.
public enum TemplatePlaces {
    /// What a topic may be built of: words without surprises for a topic's levels.
    public static let topic = ["device", "label", "policy", "route", "rule"]
    /// What a body may be built of, beside the reading's own fields.
    public static let payload = [
        "confidence", "decision", "detections", "device", "label", "model", "policy",
        "policy_version", "revision", "route", "rule", "score", "standing", "time", "topic",
        "value",
    ]
}
