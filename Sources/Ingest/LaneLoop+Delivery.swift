// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MQTT
import Synchronization
import Vocabulary

extension LaneLoop: MQTTConnectionDelegate {
    func received(
        topic name: UnsafePointer<CChar>,
        payload: UnsafeRawBufferPointer,
        qualityOfService: UInt8,
        isRetained: Bool
    ) {
        let topic = topics.intern(name)
        if name[0] == CChar(bitPattern: UInt8(ascii: "$")), topic.name == BrokerDrops.topic,
            lane.options.watchesBrokerDrops
        {
            brokerDropped(drops.report(payload))
            return
        }
        let isDuplicate = link.connection?.isDuplicate ?? false
        burst.add(qualityOfService: qualityOfService, isDuplicate: isDuplicate)
        if qualityOfService > 0 { watch.received(isDuplicate: isDuplicate, at: time.now) }
        guard payload.count <= lane.options.maximumPayload else {
            burst.refuse(topic: topic, payload: payload, limit: lane.options.maximumPayload)
            return
        }
        batch.append(
            topic: topic,
            payload: payload,
            qualityOfService: qualityOfService,
            isRetained: isRetained,
            isDuplicate: isDuplicate
        )
    }

    func received(traceparent: String, deliver: () -> Void) {
        let before = batch.messages.count
        deliver()
        // What was refused for its size is not in the batch.
        guard batch.messages.count > before,
            let trace = TraceContext(traceparent: traceparent)
        else { return }
        batch.note(trace)
    }

    func published(identifier: Int32, reason: MQTTReason) {}

    func subscribe(over connection: MQTTConnection) {
        subscriptions = [:]
        for filter in lane.options.retiredFilters where !lane.options.filters.contains(filter) {
            try? connection.unsubscribe(from: filter)
        }
        for filter in lane.options.filters {
            do {
                subscriptions[try connection.subscribe(to: filter)] = filter
                note(filter, .asked)
            } catch {
                note(filter, .refused(MQTTReason(code: 0x8F)))
                lane.logger.error(
                    "filter cannot be subscribed to",
                    metadata: ["filter": "\(filter)", "error": "\(error)"]
                )
            }
        }
        guard lane.options.watchesBrokerDrops else { return }
        // The count is retained, and what it was while we were away is wanted with every connection.
        _ = try? connection.subscribe(
            to: BrokerDrops.topic,
            qualityOfService: 0,
            wantsRetained: true
        )
    }

    func subscribed(identifier: Int32, answer: UInt8) {
        guard let filter = subscriptions.removeValue(forKey: identifier) else { return }
        guard answer < 0x80 else {
            let reason = MQTTReason(code: answer)
            note(filter, .refused(reason))
            lane.logger.error(
                "the broker refuses a filter: nothing will come from it",
                metadata: [
                    "filter": "\(filter)", "reason": "\(reason)",
                    "advice": "\(reason.advice ?? "look into the broker's log")",
                ]
            )
            return
        }
        note(filter, .granted(qualityOfService: answer))
        guard answer == 0 else { return }
        lane.logger.warning(
            "the broker grants QoS 0 only: it may lose messages at any time",
            metadata: ["filter": "\(filter)"]
        )
    }

    private func note(_ filter: String, _ answer: LaneStatus.Subscription) {
        lane.state.withLock { $0.subscriptions[filter] = answer }
    }

    private func brokerDropped(_ count: Int) {
        lane.state.withLock {
            $0.brokerDrops = drops.total
            $0.brokerCount = drops.last
        }
        guard count > 0 else { return }
        lane.logger.error(
            "the broker has dropped messages",
            metadata: [
                "count": "\(count)",
                "advice": "raise its `max_queued_messages`; see the shipped broker configuration",
            ]
        )
    }
}
