// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import MQTT
import TestKit
import Testing

private let hasBroker: Comment = "mosquitto is not installed"

@Suite(.enabled(if: Broker.executable != nil, hasBroker), .serialized)
struct MQTTTLSTests {
    private struct Rig {
        let broker: Broker
        let folder: String

        init(asksClients: Bool = false) throws {
            folder = try Broker.makeFolder()
            _ = try ThrowawayAuthority(in: folder)
            broker = try Broker(
                folder: folder,
                extra: [
                    "cafile %folder%/ca.pem", "certfile %folder%/server.pem",
                    "keyfile %folder%/server.key", "require_certificate \(asksClients)",
                ]
            )
        }

        func options(host: String = "localhost") -> MQTTOptions {
            var options = MQTTOptions(host: host, port: broker.port, clientID: "secret")
            options.tls = MQTTTLS(caFile: "\(folder)/ca.pem")
            options.connectTimeout = 3
            return options
        }
    }

    private func firstState(_ options: MQTTOptions) async -> (isConnected: Bool, reason: String) {
        let outcomes = Outcomes()
        let publisher = MQTTPublisher(options: options, onStateChange: outcomes.noteState)
        publisher.start()
        #expect(await eventually { !outcomes.reasons.isEmpty })
        let isConnected = publisher.isConnected
        publisher.stop(within: 1)
        return (isConnected, outcomes.reasons.first ?? "")
    }

    @Test func `publishes over TLS to a broker whose authority it trusts`() async throws {
        let rig = try Rig()
        let outcomes = Outcomes()
        let publisher = MQTTPublisher(options: rig.options())
        publisher.start()
        #expect(await eventually { publisher.isConnected })
        let publication = MQTTPublication(topic: "t", payload: [1])
        publisher.publish(
            Array(repeating: publication, count: 500),
            completion: outcomes.noteOutcome
        )
        #expect(await eventually { outcomes.acknowledged == 500 })
        publisher.stop(within: 1)
    }

    @Test func `refuses a broker of another authority`() async throws {
        let rig = try Rig()
        let other = try Broker.makeFolder()
        defer { Broker.remove(other) }
        _ = try ThrowawayAuthority(in: other)
        var options = rig.options()
        options.tls = MQTTTLS(caFile: "\(other)/ca.pem")
        let state = await firstState(options)
        #expect(!state.isConnected)
        #expect(state.reason.contains("certificate verify failed"))
    }

    @Test func `refuses a broker whose authority the system does not know`() async throws {
        let rig = try Rig()
        var options = rig.options()
        options.tls = MQTTTLS()
        let state = await firstState(options)
        #expect(!state.isConnected)
        #expect(state.reason.contains("certificate verify failed"))
    }

    @Test func `refuses a certificate for another name unless told otherwise`() async throws {
        let rig = try Rig()
        var options = rig.options(host: "127.0.0.1")
        let refused = await firstState(options)
        #expect(!refused.isConnected)
        options.tls?.verifiesHostname = false
        let accepted = await firstState(options)
        #expect(accepted.isConnected)
    }

    @Test func `shows its certificate to a broker that asks for one`() async throws {
        let rig = try Rig(asksClients: true)
        var options = rig.options()
        let without = await firstState(options)
        #expect(!without.isConnected)
        options.tls?.certificateFile = "\(rig.folder)/client.pem"
        options.tls?.keyFile = "\(rig.folder)/client.key"
        let with = await firstState(options)
        #expect(with.isConnected)
    }

    @Test func `a certificate that cannot be read is named`() async throws {
        var options = MQTTOptions(host: "localhost", port: 1, clientID: "secret")
        options.tls = MQTTTLS(caFile: "missing.pem")
        let state = await firstState(options)
        #expect(state.reason.contains("`missing.pem` cannot be read"))
    }

    @Test func `plain MQTT at a TLS port fails and says what to look at`() async throws {
        let rig = try Rig()
        var options = rig.options()
        options.tls = nil
        let state = await firstState(options)
        #expect(!state.isConnected)
        #expect(state.reason.contains("TLS"))
    }

    @Test func `TLS at a plain port fails soon`() async throws {
        let broker = try Broker()
        var options = MQTTOptions(host: "127.0.0.1", port: broker.port, clientID: "secret")
        options.tls = MQTTTLS()
        options.connectTimeout = 8
        let start = ContinuousClock.now
        let state = await firstState(options)
        #expect(!state.isConnected)
        #expect(ContinuousClock.now - start < .seconds(4))
    }
}
