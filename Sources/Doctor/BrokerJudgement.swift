// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import MQTT
import Settings

/// What follows for a gateway from what is known of its broker; pure.
struct BrokerJudgement {
    let facts: BrokerFacts
    let needs: BrokerNeeds

    var items: [Checkup.Item] {
        if let failure = facts.failure {
            return [
                Checkup.Item(
                    "broker",
                    .fail,
                    failure.message,
                    remedy: failure.advice ?? "check `broker: { url: … }` and the broker's log"
                )
            ]
        }
        return [connection] + subscriptions + [queue, persistence, window, packets] + forbidden
            + [unpromised, dropped].compactMap(\.self)
    }

    private var connection: Checkup.Item {
        let version = facts.own["version"].map { ", \($0)" } ?? ""
        let milliseconds = (facts.seconds * 10_000).rounded() / 10
        return Checkup.Item(
            "broker",
            .ok,
            "\(needs.address) accepts us in \(milliseconds) ms, "
                + "MQTT \(needs.isVersion311 ? "3.1.1" : "5")\(version)",
            figures: ["connect_ms": milliseconds]
        )
    }

    private var subscriptions: [Checkup.Item] {
        var items = facts.subscriptions.sorted { $0.key < $1.key }.map { filter, answer in
            let subject = "broker: \(filter)"
            if answer >= 0x80 {
                return Checkup.Item(
                    subject,
                    .fail,
                    "the subscription is refused: \(MQTTReason(code: answer))",
                    remedy: "allow `read` on it in the broker's access list"
                )
            }
            if answer == 0 {
                return Checkup.Item(
                    subject,
                    .fail,
                    "granted at QoS 0 only: nothing that comes is promised (G1)",
                    remedy: "allow QoS 1 in the broker"
                )
            }
            return Checkup.Item(subject, .ok, "granted at QoS \(answer)")
        }
        items += needs.shared.map { filter in
            Checkup.Item(
                "broker: \(filter)",
                .unseen,
                "not subscribed to: it would take messages from the others of the group"
            )
        }
        return items
    }

    private var queue: Checkup.Item {
        let line = "`max_queued_messages 0` with `max_queued_bytes 268435456` in mosquitto.conf"
        guard let settings = facts.settings else {
            return Checkup.Item(
                "broker: queue",
                .unseen,
                "no broker tells how much it keeps for a gateway that is away; Mosquitto's default "
                    + "of 1000 messages drops the rest and tells nobody",
                remedy: line + " (`--broker-conf FILE` reads it)"
            )
        }
        let most = settings.queuedMessages
        guard most > 0 else {
            let bytes = settings.queuedBytes
            return Checkup.Item(
                "broker: queue",
                bytes > 0 ? .ok : .warn,
                bytes > 0
                    ? "keeps \(Quantity.text(bytes: bytes)) for a gateway that is away"
                    : "keeps everything for a gateway that is away, until memory ends",
                remedy: bytes > 0 ? nil : "bound it in bytes: `max_queued_bytes 268435456`"
            )
        }
        var says = "keeps \(most) messages for a gateway that is away and drops the rest"
        if let rate = messagesPerSecond, rate > 0 {
            let seconds = (Double(most) / rate).rounded()
            says += ": at \((rate * 10).rounded() / 10) messages a second, \(Int(seconds)) s"
        }
        return Checkup.Item(
            "broker: queue",
            most < 10_000 ? .warn : .ok,
            says,
            remedy: most < 10_000 ? line : nil,
            figures: ["max_queued_messages": Double(most)]
        )
    }

    /// The broker's own mean of the last minute.
    private var messagesPerSecond: Double? {
        facts.own["load/publish/received/1min"].flatMap { Double($0) }.map { $0 / 60 }
    }

    private var persistence: Checkup.Item {
        let line = "`persistence true` with `autosave_interval 15` in mosquitto.conf"
        guard let settings = facts.settings else {
            return Checkup.Item(
                "broker: persistence",
                .unseen,
                "no broker tells whether sessions and queues outlive it",
                remedy: line
            )
        }
        guard settings.isPersistent else {
            return Checkup.Item(
                "broker: persistence",
                .fail,
                "a restart of the broker loses what it has queued for us",
                remedy: line
            )
        }
        if settings.savesOnChanges {
            return Checkup.Item(
                "broker: persistence",
                .ok,
                "saved every \(settings.saveInterval) changes"
            )
        }
        let seconds = settings.saveInterval
        return Checkup.Item(
            "broker: persistence",
            seconds == 0 || seconds > 60 ? .warn : .ok,
            seconds == 0
                ? "saved when the broker ends: a crash of it loses what it has queued"
                : "saved every \(seconds) s: a crash of the broker loses that much",
            remedy: seconds == 0 || seconds > 60 ? "`autosave_interval 15` in mosquitto.conf" : nil,
            figures: ["autosave_interval": Double(seconds)]
        )
    }

    private var window: Checkup.Item {
        guard needs.isVersion311 else {
            return Checkup.Item(
                "broker: window",
                .ok,
                "\(needs.receiveMaximum) messages under way: ours counts, not the broker's",
                figures: ["receive_maximum": Double(needs.receiveMaximum)]
            )
        }
        let line = "`max_inflight_messages 1000` in mosquitto.conf, or `broker: { version: 5 }`"
        guard let settings = facts.settings else {
            return Checkup.Item(
                "broker: window",
                .unseen,
                "with MQTT 3.1.1 the broker's window counts, which it does not tell; Mosquitto's "
                    + "default of 20 holds a gateway to about 2000 messages a second",
                remedy: line
            )
        }
        let most = settings.inflightMessages
        let isEnough = most == 0 || most >= needs.receiveMaximum
        return Checkup.Item(
            "broker: window",
            isEnough ? .ok : .warn,
            most == 0
                ? "any number of messages under way" : "\(most) messages under way, at most",
            remedy: isEnough ? nil : line,
            figures: ["max_inflight_messages": Double(most)]
        )
    }

    private var packets: Checkup.Item {
        let told = facts.terms.maximumPacketSize.map { Int($0) }
        // With MQTT 5 a broker that says nothing has none (section 3.2.2.3.6).
        let isTold = facts.settings != nil || !needs.isVersion311
        guard let most = told ?? facts.settings?.packetSize, most > 0 else {
            return Checkup.Item(
                "broker: packets",
                isTold ? .warn : .unseen,
                (isTold ? "it has no bound" : "no bound is known")
                    + ": a payload of more than the \(Quantity.text(bytes: needs.payload)) an input "
                    + "takes becomes a dead letter",
                remedy: "`max_packet_size 1048576` in mosquitto.conf refuses it at its publisher"
            )
        }
        return Checkup.Item(
            "broker: packets",
            .ok,
            "\(Quantity.text(bytes: most)) at most, inputs take \(Quantity.text(bytes: needs.payload))",
            figures: ["max_packet_size": Double(most)]
        )
    }

    /// What the broker says it has not, where we want it.
    private var forbidden: [Checkup.Item] {
        let terms = facts.terms
        var items: [Checkup.Item] = []
        if terms.maximumQoS == 0 {
            items.append(
                Checkup.Item(
                    "broker: QoS",
                    .fail,
                    "it takes QoS 0 only: nothing is promised (G1)",
                    remedy: "allow QoS 1 (`max_qos` in mosquitto.conf)"
                )
            )
        }
        if terms.sharedSubscriptionsAvailable == false, !needs.shared.isEmpty {
            items.append(
                Checkup.Item(
                    "broker: shared subscriptions",
                    .fail,
                    "it has none",
                    remedy: "remove `$share/` from the inputs' topics"
                )
            )
        }
        if terms.wildcardsAvailable == false, needs.usesWildcards {
            items.append(
                Checkup.Item(
                    "broker: wildcards",
                    .fail,
                    "it allows none",
                    remedy: "name each topic in `inputs`"
                )
            )
        }
        if terms.retainAvailable == false {
            items.append(
                Checkup.Item(
                    "broker: retained messages",
                    .warn,
                    "it keeps none: who subscribes later does not see the gateway's state",
                    remedy: "`retain_available true` in mosquitto.conf"
                )
            )
        }
        if let seconds = terms.keepAlive, Int(seconds) < needs.keepAlive {
            items.append(
                Checkup.Item(
                    "broker: keep-alive",
                    .ok,
                    "it wants a sign of life every \(seconds) s, not \(needs.keepAlive) s"
                )
            )
        }
        return items
    }

    /// Whether QoS 0 is queued among QoS 1; nil where it is not, or nobody can tell.
    ///
    /// Mosquitto 2.0.11, which is Debian 12's, then stands still once a client has come back: of 1200
    /// messages at QoS 1, queued beside 1200 at QoS 0, 700 to all waited for the next connection.
    private var unpromised: Checkup.Item? {
        let subject = "broker: QoS 0"
        let isMended = facts.own["version"].map { !$0.hasSuffix(" 2.0.11") }
        let remedy =
            "remove `queue_qos0_messages` from mosquitto.conf and restart the broker; publish at "
            + "QoS 1 what must not be missed"
        guard let settings = facts.settings else {
            guard isMended == false else { return nil }
            return Checkup.Item(
                subject,
                .unseen,
                "with `queue_qos0_messages true`, which it does not tell, this version holds back "
                    + "messages at QoS 1",
                remedy: "see that mosquitto.conf has no such line (`--broker-conf FILE` reads it)"
            )
        }
        guard settings.queuesQoS0 else { return nil }
        guard isMended == true else {
            return Checkup.Item(
                subject,
                .warn,
                "`queue_qos0_messages true`: Mosquitto 2.0.11 holds messages at QoS 1 back behind "
                    + "those at QoS 0 until the gateway connects again",
                remedy: remedy
            )
        }
        return Checkup.Item(subject, .ok, "kept for a gateway that is away, as QoS 1 is")
    }

    private var dropped: Checkup.Item? {
        guard let text = facts.own["publish/messages/dropped"], let count = Int(text) else {
            return Checkup.Item(
                "broker: dropped",
                .unseen,
                "it does not tell us how many messages it has dropped",
                remedy: "allow `read` on `$SYS/#`"
            )
        }
        return Checkup.Item(
            "broker: dropped",
            count == 0 ? .ok : .warn,
            "\(count) messages dropped since it was started, of all its clients",
            remedy: count == 0 ? nil : "raise `max_queued_messages`; find the client that is away",
            figures: ["dropped": Double(count)]
        )
    }
}
