// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMosquitto
import Glibc

extension MQTTConnection {
    /// Queues a subscription at QoS 1 and returns its identifier.
    ///
    /// Retained messages come only if the broker does not know the subscription yet (MQTT 5, Retain
    /// Handling 1): a reconnect repeats none. Ends in `mosquitto_subscribe_v5`.
    public func subscribe(
        to filter: String,
        qualityOfService: UInt8 = 1,
        wantsRetained: Bool = false
    ) throws(MQTTFailure) -> Int32 {
        var identifier: Int32 = 0
        let onlyNew = Int32(MQTT_SUB_OPT_SEND_RETAIN_NEW.rawValue)
        let retained = options.version == .v5 && !wantsRetained ? onlyNew : 0
        let result = mosquitto_subscribe_v5(
            handle,
            &identifier,
            filter,
            Int32(qualityOfService),
            retained,
            nil
        )
        try check(result, "`\(filter)` cannot be subscribed to")
        return identifier
    }

    /// Queues the end of a subscription.
    ///
    /// Ends in `mosquitto_unsubscribe`.
    public func unsubscribe(from filter: String) throws(MQTTFailure) {
        let result = mosquitto_unsubscribe(handle, nil, filter)
        try check(result, "`\(filter)` cannot be unsubscribed from")
    }

    /// Queues a publication and returns its identifier.
    ///
    /// Ends in `mosquitto_publish_v5`.
    public func publish(_ publication: MQTTPublication) throws(MQTTPublishFailure) -> Int32 {
        var properties = try properties(of: publication)
        defer { mosquitto_property_free_all(&properties) }
        var identifier: Int32 = 0
        let result = publication.payload.withUnsafeBytes { bytes in
            lending {
                mosquitto_publish_v5(
                    handle,
                    &identifier,
                    publication.topic,
                    Int32(clamping: bytes.count),
                    bytes.baseAddress,
                    Int32(publication.qualityOfService),
                    publication.isRetained,
                    properties
                )
            }
        }
        guard result == MOSQ_ERR_SUCCESS.rawValue else {
            throw Self.failure(of: result, topic: publication.topic)
        }
        return identifier
    }

    /// Why the library would not take a publication.
    static func failure(of result: Int32, topic: String) -> MQTTPublishFailure {
        switch result {
        case Int32(MOSQ_ERR_NO_CONN.rawValue), Int32(MOSQ_ERR_CONN_LOST.rawValue):
            .notConnected
        case Int32(MOSQ_ERR_INVAL.rawValue), Int32(MOSQ_ERR_MALFORMED_UTF8.rawValue):
            .invalid("`\(topic)` is not a topic to publish on")
        case Int32(MOSQ_ERR_OVERSIZE_PACKET.rawValue), Int32(MOSQ_ERR_PAYLOAD_SIZE.rawValue):
            .rejected(MQTTReason(code: 0x95))
        case Int32(MOSQ_ERR_QOS_NOT_SUPPORTED.rawValue):
            .rejected(MQTTReason(code: 0x9B))
        default:
            .invalid(mosquitto_strerror(result).map { String(cString: $0) } ?? "unknown")
        }
    }

    /// Writes what is queued with a DISCONNECT behind it and waits until the broker has read that: the
    /// last will is not published.
    ///
    /// The library closes its socket as soon as DISCONNECT is written. Closed with something unread in
    /// it, a socket is reset (RFC 1122 section 4.2.2.13), and a reset takes with it what the broker has
    /// not read yet: the acknowledgements. So the connection is kept open until the broker, which closes
    /// it on DISCONNECT, has done so, or time is up. Ends in `mosquitto_disconnect_v5`.
    public func leave(within seconds: Double) {
        let end = MonotonicClock.now &+ Int64(seconds * 1e9)
        let socket = fileDescriptor.map { dup($0) } ?? -1
        _ = mosquitto_disconnect_v5(handle, 0, nil)
        flush(until: end)
        guard socket >= 0 else { return }
        defer { close(socket) }
        _ = shutdown(socket, Int32(SHUT_WR))
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 1) { rest in
            var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            while true {
                let left = (end &- MonotonicClock.now + 999_999) / 1_000_000
                guard left > 0, poll(&entry, 1, Int32(clamping: left)) > 0,
                    recv(socket, rest.baseAddress, rest.count, 0) > 0
                else { return }
            }
        }
    }

    /// Writes until nothing is queued any more, the connection has ended or time is up.
    private func flush(until end: Int64) {
        while wantsWrite {
            guard let fileDescriptor else { return }
            var entry = pollfd(fd: fileDescriptor, events: Int16(POLLOUT), revents: 0)
            let left = (end &- MonotonicClock.now + 999_999) / 1_000_000
            guard left > 0, poll(&entry, 1, Int32(clamping: left)) >= 0, writeOnce() else { return }
        }
    }

    private func check(_ result: Int32, _ what: String) throws(MQTTFailure) {
        guard result != MOSQ_ERR_SUCCESS.rawValue else { return }
        let why = mosquitto_strerror(result).map { String(cString: $0) } ?? "unknown"
        throw MQTTFailure(kind: .configuration, message: "\(what): \(why)")
    }
}
