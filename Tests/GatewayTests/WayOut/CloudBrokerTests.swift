// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import MQTT
import Sync
import Testing

@testable import Gateway

/// What the clouds' brokers want besides what any broker wants.
@Suite struct `A cloud's broker` {
    private func read(
        broker: String = "{ url: mqtt://localhost }",
        more: String
    ) throws -> (GatewayConfiguration?, [String]) {
        let text = """
            broker: \(broker)
            inputs: [{ name: a, topics: [t] }]
            policies: {}
            spool: { path: s.sqlite }
            \(more)
            """
        let folder = try SiteFolder(["sluice.yaml": text, "token": "sig=y", "key": "a"])
        let (configuration, found, _) = GatewayConfiguration.read(
            path: folder.path + "/sluice.yaml"
        )
        return (configuration, folder.shown(found).filter { $0.contains("error") })
    }

    private func sink(_ keys: String) throws -> (GatewayConfiguration.Sink.BrokerWay?, [String]) {
        let (configuration, found) = try read(more: "sinks: { s: { kind: mqtt, \(keys) } }")
        guard case .broker(let way) = configuration?.sinks["s"]?.way else { return (nil, found) }
        return (way, found)
    }

    @Test(arguments: [
        ("url: mqtts://x-ats.iot.eu-central-1.amazonaws.com:443", "x-amzn-mqtt-ca"),
        ("url: mqtts://iot.plant.example:443", "x-amzn-mqtt-ca"),
        ("url: mqtts://iot.plant.example:443, alpn: mqtt", "mqtt"),
        ("url: mqtts://x-ats.iot.eu-central-1.amazonaws.com:8883", nil),
    ])
    func `of AWS hears the protocol's name on the port of the web`(
        address: String,
        name: String?
    ) throws {
        let (way, found) = try sink(
            "dialect: aws-iot-core, client_id: line4, topic: a, \(address)"
        )
        #expect(found.isEmpty)
        #expect(way?.connection.alpn == name)
        let options = try #require(way).options(site: "plant")
        #expect(options.connection.tls?.applicationProtocol == name)
    }

    @Test func `that is the site's own, or an endpoint, hears it too`() throws {
        let (site, found) = try read(
            broker: "{ url: mqtts://x.iot.eu-west-1.amazonaws.com:443 }",
            more: """
                cloud:
                  c:
                    protocol: mqtt
                    url: mqtts://broker.example
                    alpn: mqtt
                    models: { p: { model: m, topic: t, inputs: { x: [f] }, labels: [a, b] } }
                """
        )
        #expect(found.isEmpty)
        #expect(site?.broker.alpn == "x-amzn-mqtt-ca")
        guard case .mqtt(let ask, _) = site?.endpoints["c"]?.models["p"]?.options.speaks else {
            Issue.record("\(found)")
            return
        }
        #expect(ask.alpn == "mqtt")
    }

    @Test(arguments: [
        ("{ url: mqtt://localhost, alpn: mqtt }", "has no use on a connection without TLS"),
        ("{ url: mqtts://localhost, alpn: 'a,b' }", "a protocol's name"),
        ("{ url: mqtts://localhost, alpn: '' }", "a protocol's name"),
    ])
    func `with a name that cannot be told is refused`(broker: String, problem: String) throws {
        let (_, found) = try read(broker: broker, more: "")
        #expect(found.count == 1 && found[0].contains(problem), "\(found)")
    }

    @Test(arguments: [
        ("shared_access_key_file: key", nil),
        ("password_file: token", nil),
        ("", "nothing says who we are to the hub"),
        ("password_file: token, shared_access_key_file: key", "in more than one way"),
    ])
    func `of Azure is told in one way who we are`(keys: String, problem: String?) throws {
        let more = keys.isEmpty ? "" : ", \(keys)"
        let (way, found) = try sink(
            "dialect: azure-iot-hub, client_id: line4, url: mqtts://hub.example\(more)"
        )
        #expect((way != nil) == (problem == nil), "\(found)")
        if let problem { #expect(found.first?.contains(problem) == true, "\(found)") }
    }
}
