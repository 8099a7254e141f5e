// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMosquitto
import Glibc
import Synchronization

extension MQTTConnection {
    // libmosquitto sets OpenSSL up in the first encrypted connection without a lock of its own;
    // the lock is held over the first one only, on threads that may block.
    private static let encryptionIsReady = Mutex(false)

    /// Connects the socket and queues CONNECT; blocks in the resolver and the kernel.
    ///
    /// The broker's answer comes later, through `readOnce`. Ends in `mosquitto_connect_bind_v5`.
    public func dial() throws(MQTTFailure) {
        listensToLibrary = true
        var systemError: Int32 = 0
        let result: Int32
        if options.tls == nil {
            result = connect(&systemError)
        } else {
            let isReady = Self.encryptionIsReady.withLock { $0 }
            if isReady {
                result = connect(&systemError)
            } else {
                result = Self.encryptionIsReady.withLock { ready in
                    let result = connect(&systemError)
                    ready =
                        ready || result == MOSQ_ERR_SUCCESS.rawValue
                        || result == MOSQ_ERR_TLS.rawValue
                    return result
                }
            }
        }
        guard result == MOSQ_ERR_SUCCESS.rawValue else {
            throw MQTTFailure(
                result: result,
                systemError: systemError,
                complaint: complaint,
                options: options
            )
        }
    }

    private func connect(_ systemError: inout Int32) -> Int32 {
        var properties: OpaquePointer?
        defer { mosquitto_property_free_all(&properties) }
        if options.version == .v5 {
            mosquitto_property_add_int32(
                &properties,
                Int32(MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue),
                options.sessionExpiry
            )
            if let size = options.maximumPacketSize {
                mosquitto_property_add_int32(
                    &properties,
                    Int32(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue),
                    size
                )
            }
        }
        errno = 0
        let result = mosquitto_connect_bind_v5(
            handle,
            options.host,
            Int32(options.port),
            options.keepAlive,
            nil,
            properties
        )
        systemError = errno
        return result
    }

    /// Hands the options to the library, all before the first packet.
    func configure() throws(MQTTFailure) {
        let isModern = options.version == .v5
        let version = isModern ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
        set(MOSQ_OPT_PROTOCOL_VERSION, Int32(version))
        set(MOSQ_OPT_TCP_NODELAY, 1)
        let window = min(max(options.receiveMaximum, 1), MQTTOptions.largestReceiveMaximum)
        set(MOSQ_OPT_RECEIVE_MAXIMUM, Int32(window))
        set(MOSQ_OPT_SEND_MAXIMUM, Int32(MQTTPublisher.window))
        mosquitto_threaded_set(handle, true)
        guard options.keepAlive >= 5 else {
            throw MQTTFailure(kind: .configuration, message: "a keep-alive is 5 s at least")
        }
        if let username = options.username {
            mosquitto_username_pw_set(handle, username, options.password)
        } else if options.password != nil {
            throw MQTTFailure(kind: .configuration, message: "a password needs a user name")
        }
        if let tls = options.tls { try configure(tls) }
        if let will = options.will { try configure(will) }
    }

    private func configure(_ tls: MQTTTLS) throws(MQTTFailure) {
        for file in [tls.caFile, tls.certificateFile, tls.keyFile].compactMap(\.self)
        where access(file, R_OK) != 0 {
            throw MQTTFailure(
                kind: .configuration,
                message: "`\(file)` cannot be read: \(String(cString: strerror(errno)))"
            )
        }
        if tls.caFile == nil, tls.caPath == nil {
            set(MOSQ_OPT_TLS_USE_OS_CERTS, 1)
            guard tls.certificateFile == nil else {
                throw MQTTFailure(
                    kind: .configuration,
                    message: "a client certificate needs the authority's certificate beside it",
                    advice: "name the file with the broker's authority"
                )
            }
        } else {
            let result = mosquitto_tls_set(
                handle,
                tls.caFile,
                tls.caPath,
                tls.certificateFile,
                tls.keyFile,
                nil
            )
            guard result == MOSQ_ERR_SUCCESS.rawValue else {
                throw MQTTFailure(
                    kind: .configuration,
                    message: "the certificates cannot be used together",
                    advice: "a client certificate needs its key, and the key its certificate"
                )
            }
        }
        if let name = tls.applicationProtocol {
            mosquitto_string_option(handle, MOSQ_OPT_TLS_ALPN, name)
        }
        mosquitto_tls_insecure_set(handle, !tls.verifiesHostname)
    }

    private func configure(_ will: MQTTPublication) throws(MQTTFailure) {
        let result = will.payload.withUnsafeBytes { bytes in
            mosquitto_will_set(
                handle,
                will.topic,
                Int32(clamping: bytes.count),
                bytes.baseAddress,
                Int32(will.qualityOfService),
                will.isRetained
            )
        }
        guard result == MOSQ_ERR_SUCCESS.rawValue else {
            throw MQTTFailure(
                kind: .configuration,
                message: "`\(will.topic)` is not a topic for a last will"
            )
        }
    }

    private func set(_ option: mosq_opt_t, _ value: Int32) {
        mosquitto_int_option(handle, option, value)
    }
}
