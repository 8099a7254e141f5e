// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Infer
import Settings
import Spool
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `Gateway configuration` {
    @Test func `fills in what is not said`() throws {
        let (configuration, found, folder) = try read(
            """
            broker: { url: mqtt://localhost }
            inputs:
              - { name: all, topics: ["plant/#"] }
            policies: {}
            spool: { path: spool.sqlite }
            """
        )
        #expect(found.isEmpty)
        let read = try #require(configuration)
        #expect(read.site == "site")
        #expect(read.broker.host == "localhost")
        #expect(read.broker.port == 1_883)
        #expect(!read.broker.usesTLS)
        #expect(!read.broker.isVersion311)
        #expect(read.broker.clientID == "sluice-site")
        #expect(read.broker.keepAlive == .seconds(20))
        #expect(read.broker.sessionExpiry == .seconds(7 * 86_400))
        let input = try #require(read.inputs.first)
        #expect(input.receiveMaximum == 500)
        #expect(input.maximumPayload == 1 << 20)
        #expect(input.coalescing == .milliseconds(1))
        #expect(input.linger == .milliseconds(5))
        #expect(input.maximumUnsettled == 256)
        #expect(read.modelsPath == nil)
        #expect(read.endpoints.isEmpty)
        #expect(read.spoolPath == folder.path + "/spool.sqlite")
        #expect(read.spool.maximumSize == 1 << 30)
        #expect(read.spool.whenFull == .dropOldest)
        #expect(read.controlSocket == folder.path + "/spool.sqlite.control")
        #expect(read.verdictTopic.source == "sluice/verdicts/{policy}")
        #expect(read.statusTopic == "sluice/site/status")
        #expect(read.decisionLog == nil)
        #expect(read.decisionLogSampling == 100)
        #expect(read.drainInFlight == 2)
    }

    @Test func `takes what is said`() throws {
        let (configuration, found, folder) = try read(
            """
            site: { name: plant-4 }
            broker:
              url: mqtts://broker.plant.example
              version: 3.1.1
              client_id: gate
              username: line4
              password_env: HOME
              keep_alive: 1m
              session_expiry: 1h
            inputs:
              - name: fast
                topics: [plant/+/vibration, plant/+/sound]
                receive_maximum: 8
                max_payload: 4MiB
                coalesce: 0s
                linger: 10ms
                max_unsettled: 16
            models: { path: m, runtime: lib/ort.so }
            policies: { path: p }
            cloud:
              central:
                url: https://models.example.com/
                timeout: 500ms
                max_in_flight: 3
                max_batch: 4
                breaker: { window: 10, minimum_calls: 2, failure_ratio: 20%, open_for: 3s }
                models:
                  wear:
                    model: wear-large
                    version: "7"
                    labels: [ok, fault]
                    inputs: { x: [mean(vib), temp], y: [load] }
                    outputs: { label: l, probabilities: p }
            spool:
              path: s/spool.sqlite
              max_size: 256MiB
              when_full: refuse
              reserve_high: 10%
              dead_letters: 7
            sync: { max_in_flight: 5 }
            control: { socket: c.sock }
            verdicts: { topic: "v/{site}/{device}" }
            status: { topic: state }
            decisions: { log: d.jsonl, max_size: 1MiB, sample: 0 }
            """
        )
        // The test makes no folder for the spool.
        #expect(found.count == 1 && found[0].contains("there is no folder"), "\(found)")
        let read = try #require(configuration)
        #expect(read.broker.port == 8_883)
        #expect(read.broker.usesTLS)
        #expect(read.broker.isVersion311)
        #expect(read.broker.clientID == "gate")
        #expect(read.broker.password?.place == .environment("HOME"))
        #expect(read.broker.keepAlive == .seconds(60))
        let input = try #require(read.inputs.first)
        #expect(input.filters == ["plant/+/vibration", "plant/+/sound"])
        #expect(input.maximumPayload == 4 << 20)
        #expect(input.linger == .milliseconds(10))
        #expect(read.modelsPath == folder.path + "/m")
        #expect(read.policiesPath == folder.path + "/p")
        let model = try #require(read.endpoints["central"]?.models["wear"])
        #expect(model.options.name == "central/wear")
        #expect(model.options.url == "https://models.example.com")
        #expect(model.options.model == "wear-large")
        #expect(model.options.modelVersion == "7")
        #expect(model.options.labels == ["ok", "fault"])
        #expect(model.options.timeout == .milliseconds(500))
        #expect(model.options.connectTimeout == .milliseconds(500))
        #expect(model.options.maximumInFlight == 3)
        #expect(model.options.breaker.failureRatio == 0.2)
        #expect(model.options.outputs.label == "l")
        #expect(model.inputs.map(\.name) == ["x", "y"])
        let features = model.inputs.map { input -> [String] in
            if case .features(let features) = input.source { features } else { [] }
        }
        #expect(features == [["mean(vib)", "temp"], ["load"]])
        #expect(read.spool.maximumSize == 256 << 20)
        #expect(read.spool.whenFull == .refuse)
        #expect(read.spool.reservedForHigh == 0.1)
        #expect(read.spool.deadLetterLimit == 7)
        #expect(read.drainInFlight == 5)
        #expect(read.controlSocket == folder.path + "/c.sock")
        #expect(read.verdictTopic.names == ["site", "device"])
        #expect(read.statusTopic == "state")
        #expect(read.decisionLog == folder.path + "/d.jsonl")
        #expect(read.decisionLogSize == 1 << 20)
        #expect(read.decisionLogSampling == 0)
    }

    @Test func `reports every problem of a file at once, each with its place`() throws {
        let (configuration, found, _) = try read(
            """
            site: { nam: plant-4 }
            broker:
              url: tcp://broker:1883
              version: 4
              password: hunter2
              keep_alive: 20
              colour: red
            inputs:
              - { name: a, topics: ["plant/#/x", "$share//plant/+"], linger: 50ms }
              - { name: a, topics: [], max_payload: 4 }
              - { name: b, topics: "plant/+", receive_maximum: many }
            policies: { path: [p] }
            cloud:
              central:
                url: ftp://models
                protocol: grpc
                timeout: 2
                models:
                  wear: { inputs: {} }
              other:
                url: https://user:secret@models.example.com
                breaker: { failure_ratio: 150% }
            spool: { max_size: 1MiB, when_full: explode }
            verdicts: { topic: "v/{colour}/+" }
            status: { topic: "s/#" }
            decisions: { sample: -1 }
            """
        )
        #expect(configuration == nil)
        try expectGolden("configuration-problems", found.joined(separator: "\n"))
        #expect(!found.joined().contains("hunter2"))
        #expect(!found.joined().contains("user:secret"))
    }

    @Test func `does not take what is no configuration at all`() throws {
        let texts = ["", "- a\n- b\n", "a: [", "broker: 7\ninputs: {}\npolicies: 1\nspool: x\n"]
        let found = try texts.flatMap { text in
            let (configuration, found, _) = try read(text)
            #expect(configuration == nil)
            return found + [""]
        }
        try expectGolden("no-configuration", found.joined(separator: "\n"))
    }

    @Test func `does not take a file that is not there`() throws {
        let (configuration, found, _) = GatewayConfiguration.read(path: "/nowhere/sluice.yaml")
        #expect(configuration == nil)
        #expect(
            found.map { $0.rendered() } == ["/nowhere/sluice.yaml: error: there is no such file"]
        )
    }

    @Test func `refuses one filter in two inputs`() throws {
        let found = try read(
            """
            broker: { url: mqtt://localhost }
            inputs:
              - { name: a, topics: ["plant/+/x"] }
              - { name: b, topics: ["plant/+/x"] }
            policies: {}
            spool: { path: spool.sqlite }
            """
        ).1
        #expect(
            found == [
                "sluice.yaml:4:24: error: `plant/+/x` is read by `a` already; "
                    + "lanes want disjoint filters, or a message is decided twice"
            ]
        )
    }

    @Test func `takes filters that no topic can match both`() throws {
        let found = try read(
            """
            broker: { url: mqtt://localhost }
            inputs:
              - { name: a, topics: ["plant/+/x", "plant/+/y/+"] }
              - { name: b, topics: ["plant/+/y", "plant/+/x/+", "$own/#"] }
              - { name: c, topics: ["+/4", "other/#"] }
            policies: {}
            spool: { path: spool.sqlite }
            """
        ).1
        #expect(found == [])
    }

    @Test(arguments: [("plant/#", "plant/+/x"), ("plant/4/+", "plant/+/x"), ("#", "plant/x")])
    func `refuses filters of two inputs that a topic can match both`(
        one: String,
        other: String
    ) throws {
        let found = try read(
            """
            broker: { url: mqtt://localhost }
            inputs:
              - { name: a, topics: ["\(one)"] }
              - { name: b, topics: ["\(other)"] }
            policies: {}
            spool: { path: spool.sqlite }
            """
        ).1.filter { $0.contains("error") }
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("sluice.yaml:4:") == true)
    }

    @Test func `warns of a password in the clear, but not to the machine itself`() throws {
        func found(_ url: String) throws -> [String] {
            try read(
                """
                broker: { url: "\(url)", username: line4, password_env: HOME }
                inputs: [{ name: a, topics: [t] }]
                policies: {}
                spool: { path: spool.sqlite }
                """
            ).1
        }
        #expect(try found("mqtt://127.0.0.1").isEmpty)
        #expect(try found("mqtts://broker.example").isEmpty)
        let warned = try found("mqtt://broker.example")
        #expect(warned.count == 1)
        #expect(warned.first?.contains("warning: the password would cross the network") == true)
    }

    @Test func `wants a control socket that the kernel can bind`() throws {
        let long = String(repeating: "x", count: 110)
        let found = try read(
            """
            broker: { url: mqtt://localhost }
            inputs: [{ name: a, topics: [t] }]
            policies: {}
            spool: { path: spool.sqlite }
            control: { socket: /\(long) }
            """
        ).1
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("sluice.yaml:5:20: error: the control socket") == true)
    }

    @Test(arguments: [
        ("a:1883", "a", 1_883), ("a", "a", nil), ("[::1]:5", "::1", 5), ("[::1]", "::1", nil),
    ])
    func `splits an address`(text: String, host: String, port: Int?) throws {
        let found = try #require(HostAndPort.split(text))
        #expect(found.host == host)
        #expect(found.port == port)
    }

    @Test(arguments: ["", ":1", "a:0", "a:65536", "a:b", "::1", "a b", "a/b", "[]:1", "a:"])
    func `does not split what is no address`(text: String) {
        #expect(HostAndPort.split(text) == nil)
    }

    private func read(
        _ text: String
    ) throws -> (GatewayConfiguration?, [String], SiteFolder) {
        let folder = try SiteFolder(["sluice.yaml": text])
        let (configuration, found, _) = GatewayConfiguration.read(
            path: folder.path + "/sluice.yaml"
        )
        return (configuration, folder.shown(found), folder)
    }
}
