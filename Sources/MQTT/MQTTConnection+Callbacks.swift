// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMosquitto

// The library calls back on the thread that reads or writes, with a pointer to the connection. The
// closures are formed here, in nonisolated functions: formed in top-level code they would belong to
// the main actor and trap on any other thread.
extension MQTTConnection {
    func setCallbacks() {
        mosquitto_connect_v5_callback_set(handle) { _, context, code, flags, properties in
            MQTTConnection.at(context)?.connected(
                code: code,
                flags: flags,
                terms: MQTTTerms(properties)
            )
        }
        mosquitto_disconnect_v5_callback_set(handle) { _, context, code, _ in
            MQTTConnection.at(context)?.disconnected(code: code)
        }
        mosquitto_message_callback_set(handle) { _, context, message in
            guard let context, let message else { return }
            // Comes with every message: the connection calls the library, so it need not be counted.
            Unmanaged<MQTTConnection>.fromOpaque(context)._withUnsafeGuaranteedRef {
                $0.received(message)
            }
        }
        mosquitto_subscribe_v5_callback_set(handle) { _, context, identifier, count, answers, _ in
            guard let connection = MQTTConnection.at(context), let answers, count > 0 else {
                return
            }
            connection.heard.packets += 1
            connection.heard.answered.insert(.subscription)
            let answer = UInt8(clamping: answers[0])
            connection.delegate?.subscribed(identifier: identifier, answer: answer)
        }
        mosquitto_unsubscribe_v5_callback_set(handle) { _, context, _, _ in
            guard let connection = MQTTConnection.at(context) else { return }
            connection.heard.packets += 1
            connection.heard.presences += 1
            connection.heard.answered.insert(.presence)
        }
        mosquitto_publish_v5_callback_set(handle) { _, context, identifier, code, _ in
            guard let connection = MQTTConnection.at(context) else { return }
            connection.heard.packets += 1
            connection.heard.answered.insert(.publication)
            connection.delegate?.published(
                identifier: identifier,
                reason: MQTTReason(code: UInt8(clamping: code))
            )
        }
    }

    func setLogCallback(_ isOn: Bool) {
        guard isOn else {
            mosquitto_log_callback_set(handle, nil)
            return
        }
        mosquitto_log_callback_set(handle) { _, context, level, text in
            guard let text else { return }
            MQTTConnection.at(context)?.logged(level: level, text: text)
        }
    }

    private static func at(_ context: UnsafeMutableRawPointer?) -> MQTTConnection? {
        context.map { Unmanaged<MQTTConnection>.fromOpaque($0).takeUnretainedValue() }
    }

    private func connected(code: Int32, flags: Int32, terms: MQTTTerms) {
        heard.packets += 1
        guard code != 0 else {
            greeting = MQTTGreeting(sessionPresent: flags & 1 == 1, terms: terms)
            return
        }
        let byte = UInt8(clamping: code)
        let reason = byte < 0x80 ? MQTTReason(returnCode: byte) : MQTTReason(code: byte)
        failure = MQTTFailure(
            kind: .refused(reason),
            message: "\(options.host):\(options.port) refuses the connection: \(reason)",
            advice: reason.advice
        )
    }

    private func disconnected(code: Int32) {
        heard.packets += 1
        guard failure == nil, code >= 0x80 else { return }
        let reason = MQTTReason(code: UInt8(clamping: code))
        failure = MQTTFailure(
            kind: .ended(reason),
            message: "\(options.host):\(options.port) ended the connection: \(reason)",
            advice: reason.advice
        )
    }

    func received(_ pointer: UnsafePointer<mosquitto_message>) {
        heard.packets += 1
        let message = pointer.pointee
        guard let topic = message.topic else { return }
        let payload = UnsafeRawBufferPointer(
            start: message.payload,
            count: message.payload == nil ? 0 : Int(message.payloadlen)
        )
        delegate?.received(
            topic: topic,
            payload: payload,
            qualityOfService: UInt8(clamping: message.qos),
            isRetained: message.retain
        )
        isDuplicate = false
    }

    private func logged(level: Int32, text: UnsafePointer<CChar>) {
        if level == MOSQ_LOG_DEBUG {
            // The line about the queued acknowledgement comes between this one and the message.
            if let mark = DuplicateMark.isPresent(in: text) { isDuplicate = mark }
        } else if level == MOSQ_LOG_ERR {
            let line = String(cString: text)
            // OpenSSL's line says more than the library's, and comes first.
            if complaint?.hasPrefix("OpenSSL") != true { complaint = line }
        }
    }
}
