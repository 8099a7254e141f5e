// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Testing
import Vocabulary

@testable import Gateway

/// The `cloud` section, each protocol with its own keys.
@Suite struct CloudConfigurationTests {
    private func read(
        _ endpoint: String,
        model: String = "",
        client: String? = nil,
        files: [String: String] = [:]
    ) throws -> (EndpointOptions?, [String]) {
        let text = """
            broker: { url: mqtt://localhost\(client.map { ", client_id: \($0)" } ?? "") }
            inputs: [{ name: a, topics: [t] }]
            policies: {}
            spool: { path: s.sqlite }
            cloud:
              c:
            \(endpoint.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
                models:
                  p:
                    model: wear
                    inputs: { x: [f, g], t: [h] }
                    labels: [ok, fault]
            \(model.split(separator: "\n").map { "        \($0)" }.joined(separator: "\n"))
            """
        let folder = try SiteFolder(["sluice.yaml": text].merging(files) { $1 })
        let (configuration, found, _) = GatewayConfiguration.read(
            path: folder.path + "/sluice.yaml"
        )
        return (configuration?.endpoints["c"]?.models["p"]?.options, folder.shown(found))
    }

    private let aws = "auth: { access_key_env: HOME, secret_key_env: HOME }"

    @Test func `every protocol is read`() throws {
        let endpoints: [(endpoint: String, model: String, most: Int)] = [
            ("protocol: open-inference\nurl: https://m.example\ntensors: binary", "", .max),
            ("protocol: kserve-v1\nurl: https://m.example", "instance: named", .max),
            (
                "protocol: openai\nurl: https://api.example/v1\nauth: { bearer_env: HOME }",
                "prompt: 'The values are {{x}} and {{t.0}}.'\nparameters: { seed: 7 }", 1
            ),
            (
                "protocol: azure-openai\nurl: https://m.example\napi_version: 2024-10-21\n"
                    + "auth: { api_key_env: HOME }", "prompt: 'Values {{x}}'", 1
            ),
            ("protocol: sagemaker\nregion: eu-central-1\n\(aws)", "body: csv", .max),
            (
                "protocol: sagemaker\nregion: eu-central-1\n\(aws)",
                "body: template\ntemplate: '{{x}}'\nanswer: { label: /l }", 1
            ),
            ("protocol: vertex-ai\nproject: p\nlocation: eu", "answer: { positive: /score }", .max),
            ("protocol: azure-ml\nurl: https://e.example/score", "version: blue", .max),
            ("protocol: mqtt\nurl: mqtts://broker.example", "topic: models/wear", .max),
            (
                "protocol: template\nurl: https://any.example/where?v=1\nheaders: { X-Site: s4 }",
                "template: '{\"v\": {{x}}}'\nanswer: { label: /a/0 }", 1
            ),
        ]
        for one in endpoints {
            let (options, found) = try read(one.endpoint, model: one.model)
            #expect(found == [], "\(one.endpoint)")
            #expect(options?.maximumQuestions == one.most, "\(one.endpoint)")
        }
    }

    @Test func `addresses are worked out where a cloud has its own`() throws {
        let (sageMaker, _) = try read("protocol: sagemaker\nregion: us-east-1\n\(aws)")
        #expect(sageMaker?.url == "https://runtime.sagemaker.us-east-1.amazonaws.com")
        let (vertex, _) = try read("protocol: vertex-ai\nproject: p\nlocation: europe-west4")
        #expect(vertex?.url == "https://europe-west4-aiplatform.googleapis.com")
        guard
            case .mqtt(let mqtt, _) = try read(
                "protocol: mqtt\nurl: mqtts://broker.example",
                model: "topic: ask"
            ).0?.speaks
        else {
            Issue.record("no MQTT")
            return
        }
        #expect(mqtt.port == 8_883 && mqtt.usesTLS)
        #expect(mqtt.clientID == "sluice-site-c-p")
        #expect(mqtt.responseTopic == "sluice/site/answers/c/p")
    }

    @Test func `gateways of one site with ids of their own are other clients of a broker, too`()
        throws
    {
        guard
            case .mqtt(let mqtt, _) = try read(
                "protocol: mqtt\nurl: mqtts://broker.example",
                model: "topic: ask",
                client: "line-4"
            ).0?.speaks
        else {
            Issue.record("no MQTT")
            return
        }
        #expect(mqtt.clientID == "line-4-c-p")
    }

    @Test(arguments: [
        (
            "url: https://m.example\nregion: eu", "",
            "8:5: error: `region` has no use with `protocol: open-inference`"
        ),
        (
            "protocol: kserve-v1\nurl: https://m.example", "outputs: { label: l }",
            "14:9: error: `outputs` has no use with `protocol: kserve-v1`"
        ),
        (
            "protocol: sagemaker\nregion: eu", "",
            "6:3: error: SageMaker takes signed requests only; "
                + "add `auth: { access_key_file: …, secret_key_file: … }`"
        ),
        (
            "protocol: openai\nurl: https://m.example", "",
            "10:7: error: `prompt` is missing in `p`: what the model is asked; "
                + "such as `prompt: \"The values are {{x}}.\"`"
        ),
        (
            "protocol: openai\nurl: https://m.example", "prompt: 'It is {{y}}'",
            "14:17: error: `{{y}}` is not known here; known: `x`, `t`, `key`"
        ),
        (
            "protocol: template\nurl: https://m.example",
            "template: '{{#x}}'\nanswer: { label: /l }",
            "14:19: error: `{{#x}}` is no plain place"
        ),
        (
            "protocol: template\nurl: https://m.example", "template: '{{x}}'",
            "10:7: error: nothing tells where the label stands in the reply; "
                + "add `answer: { label: /… }`, a JSON pointer"
        ),
        (
            "protocol: template\nurl: https://m.example?key=abc",
            "template: '{{x}}'\nanswer: { label: /l }",
            "8:10: error: a secret may not stand in the address; "
                + "use `auth: { api_key_file: …, api_key_header: … }`"
        ),
        (
            "protocol: kserve-v1\nurl: https://m.example\nheaders: { Authorization: Bearer }", "",
            "9:16: error: `Authorization` carries a secret, which may not be written into the file; "
                + "use `auth: { api_key_file: …, api_key_header: Authorization }`"
        ),
        (
            "protocol: kserve-v1\nurl: https://m.example", "answer: { label: l }",
            "14:26: error: `label` wants a JSON pointer such as `/predictions/0/label`; found `l`; "
                + "a pointer begins with `/`"
        ),
        (
            "protocol: azure-ml\nurl: https://m.example/score", "instance: named",
            "14:9: error: `instance` has no use with `body: table`"
        ),
        (
            "protocol: mqtt\nurl: mqtts://b.example", "",
            "10:7: error: `topic` is missing in `p`: where requests go"
        ),
        (
            "url: https://m.example\nauth: { bearer_env: HOME, api_key_env: HOME }", "",
            "8:5: error: `auth` says in 2 ways who we are; keep one of them: `bearer`, `api_key`"
        ),
    ])
    func `what is wrong is said, with its place`(
        endpoint: String,
        model: String,
        problem: String
    ) throws {
        let (options, found) = try read(endpoint, model: model)
        #expect(options == nil)
        #expect(found == ["sluice.yaml:" + problem])
    }

    @Test(arguments: [
        (
            "url: http://m.example\nauth: { bearer_env: HOME }", "",
            "7:10: warning: the token or key"
        ),
        (
            "protocol: mqtt\nurl: mqtt://b.example\nauth: { username: u, password_env: HOME }",
            "topic: t", "8:10: warning: the password would cross the network in the clear"
        ),
        (
            "protocol: openai\nurl: https://m.example\nmax_batch: 8", "prompt: '{{x}}'",
            "9:16: warning: `protocol: openai` carries one question a call here"
        ),
    ])
    func `what is doubtful is warned of`(
        endpoint: String,
        model: String,
        problem: String
    ) throws {
        let (options, found) = try read(endpoint, model: model)
        #expect(options != nil)
        #expect(found.count == 1 && found[0].hasPrefix("sluice.yaml:" + problem), "\(found)")
    }
}
