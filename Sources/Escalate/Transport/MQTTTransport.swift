// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import MQTT
import Synchronization
import Vocabulary

/// Where requests go over a broker, and who we are to it.
public struct MQTTAskOptions: Sendable {
    /// The broker's name or address.
    public var host: String
    /// Its port.
    public var port: UInt16
    /// True for TLS; the files are the endpoint's.
    public var usesTLS: Bool
    /// The protocol named in the TLS handshake (ALPN); nil names none.
    public var alpn: String?
    /// Our client id; nobody else's.
    public var clientID: String
    /// The topic the requests go to.
    public var topic: String
    /// The topic our responses come on; nobody else's.
    public var responseTopic: String
    /// The name we log in with.
    public var username: String?
    /// The password we log in with, read when the first request is made.
    public var password: SecretSource?

    /// Makes a set of options.
    public init(
        host: String,
        port: UInt16,
        usesTLS: Bool = false,
        alpn: String? = nil,
        clientID: String,
        topic: String,
        responseTopic: String,
        username: String? = nil,
        password: SecretSource? = nil
    ) {
        self.host = host
        self.port = port
        self.usesTLS = usesTLS
        self.alpn = alpn
        self.clientID = clientID
        self.topic = topic
        self.responseTopic = responseTopic
        self.username = username
        self.password = password
    }
}

/// Carries requests over a broker of their own: MQTT 5 with response topic and correlation data.
///
/// The request's header fields travel as user properties, `Content-Type` as the content type. Of a response's
/// user properties `status` is taken as the status (200 without one), the others as header fields.
final class MQTTTransport: CloudTransport {
    private let options: EndpointOptions
    private let mqtt: MQTTAskOptions
    /// Made when it is first needed, and anew when the password has changed.
    private let current = Mutex<(requester: MQTTRequester, password: String?)?>(nil)
    private let isStopped = Mutex(false)

    init(options: EndpointOptions, mqtt: MQTTAskOptions) {
        self.options = options
        self.mqtt = mqtt
    }

    func exchange(_ request: CloudRequest) async throws(CallFailure) -> CloudReply {
        let requester: MQTTRequester
        do throws(CredentialError) {
            requester = try self.requester()
        } catch {
            throw CallFailure(error)
        }
        let fields = request.headers.filter { $0.name != "Content-Type" }
        let message = MQTTRequest(
            topic: request.url,
            payload: request.body,
            contentType: request.headers.first { $0.name == "Content-Type" }?.value,
            properties: fields
        )
        let response: MQTTResponse
        do throws(MQTTRequestFailure) {
            response = try await requester.response(
                to: message,
                within: (request.timeout ?? options.timeout).seconds
            )
        } catch {
            throw CallFailure(error, because: requester.reason)
        }
        let limit = request.maximumReplyBytes ?? options.maximumReplyBytes
        guard response.payload.count <= limit else {
            var failure = CallFailure.badReply("the response is larger than \(limit) bytes")
            failure.isRetryable = false
            throw failure
        }
        let status = response.properties.first { $0.name == "status" }.flatMap { Int($0.value) }
        return CloudReply(
            status: status ?? 200,
            headers: response.properties.map { ($0.name.lowercased(), $0.value) },
            body: response.payload
        )
    }

    func probe(_ readiness: CloudReadiness) async throws(CallFailure) {
        let requester: MQTTRequester
        do throws(CredentialError) {
            requester = try self.requester()
        } catch {
            throw CallFailure(error)
        }
        guard !requester.isReady else { return }
        throw CallFailure(.notConnected, because: requester.reason)
    }

    func stop() {
        isStopped.withLock { $0 = true }
        let requester = current.withLock { current in
            defer { current = nil }
            return current?.requester
        }
        requester?.stop()
    }

    private func requester() throws(CredentialError) -> MQTTRequester {
        guard !isStopped.withLock({ $0 }) else { throw CredentialError("shutting down") }
        var password: String?
        if let source = mqtt.password { password = try CredentialError.secret(source) }
        let (requester, former) = current.withLock { current in
            if let current, current.password == password {
                return (current.requester, nil as MQTTRequester?)
            }
            let made = MQTTRequester(
                options: connection(password: password),
                responseTopic: mqtt.responseTopic
            )
            made.start()
            defer { current = (made, password) }
            return (made, current?.requester)
        }
        former?.stop()
        return requester
    }

    private func connection(password: String?) -> MQTTOptions {
        var connection = MQTTOptions(host: mqtt.host, port: mqtt.port, clientID: mqtt.clientID)
        connection.username = mqtt.username
        connection.password = password
        connection.connectTimeout = options.connectTimeout.seconds
        // The broker discards what is larger without a word; a little more is let in, to be refused aloud.
        connection.maximumPacketSize = UInt32(clamping: 2 * options.maximumReplyBytes + 65_536)
        if mqtt.usesTLS {
            var tls = MQTTTLS()
            tls.caFile = options.tls.caFile
            tls.certificateFile = options.tls.certificateFile
            tls.keyFile = options.tls.keyFile
            tls.applicationProtocol = mqtt.alpn
            connection.tls = tls
        }
        return connection
    }
}

extension CallFailure {
    /// What follows from a request over a broker without a response.
    init(_ failure: MQTTRequestFailure, because reason: String) {
        self = .unavailable(failure.description)
        switch failure {
        case .notConnected:
            message += " (\(reason))"
            isRetryable = true
        case .connectionLost: isRetryable = true
        case .timeout: isTimeout = true
        case .rejected(let reason): isRetryable = reason.isTemporary
        case .invalid: self = .badQuestion(failure.description)
        case .cancelled, .stopped: countsAs = .neither
        case .nobodyListens: break
        }
        switch failure {
        case .notConnected, .nobodyListens, .rejected, .invalid: mayHaveBeenSent = false
        case .connectionLost, .timeout, .cancelled, .stopped: break
        }
    }
}
