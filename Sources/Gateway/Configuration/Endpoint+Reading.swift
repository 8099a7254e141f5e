// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import HTTP
import Settings
import Vocabulary

extension GatewayConfiguration.Endpoint {
    static func readAll(
        _ root: SettingsNode,
        site: String,
        client: String
    ) -> [String: GatewayConfiguration.Endpoint] {
        var endpoints: [String: GatewayConfiguration.Endpoint] = [:]
        let zone = LocalZone.read(root)
        for node in root.named("cloud") where node.expectMapping() {
            var endpoint = Self(node, site: site, client: client)
            endpoint.limit(node, zone: zone)
            endpoints[node.name] = endpoint
        }
        return endpoints
    }

    private init(_ node: SettingsNode, site: String, client: String) {
        name = node.name
        let server = CloudServer(node, site: site, client: client)
        let breaker = node.optionalMapping("breaker")
        let timeout = node.duration(
            "timeout",
            in: .milliseconds(10)...Interval.seconds(600),
            default: .seconds(2)
        )
        var options = EndpointOptions(
            name: node.name,
            url: server.url,
            model: "",
            timeout: timeout,
            connectTimeout: min(timeout, .seconds(1)),
            maximumInFlight: node.integer("max_in_flight", in: 1...1_024, default: 16),
            maximumBatch: node.integer("max_batch", in: 1...1_024, default: 32),
            maximumReplyBytes: node.size("max_reply", in: 1 << 10...64 << 20, default: 1 << 20),
            headers: server.headers,
            credential: server.authorization.credential,
            tls: HTTPTLS(reading: node),
            breaker: Self.breaker(breaker)
        )
        models = [:]
        let nodes = node.named("models", isRequired: true)
        for model in nodes where model.expectMapping() {
            options.name = GatewayConfiguration.CloudModel.name(
                endpoint: node.name,
                policy: model.name
            )
            models[model.name] = GatewayConfiguration.CloudModel(
                model,
                server: server,
                options: options
            )
        }
        let isAlone = models.values.allSatisfy { $0.options.maximumQuestions == 1 }
        if options.maximumBatch > 1, isAlone, !models.isEmpty {
            node.node("max_batch")?.problem(
                "`protocol: \(server.name.rawValue)` carries one question a call here",
                hint: "leave `max_batch` out",
                severity: .warning
            )
        }
    }

    private static func breaker(_ node: SettingsNode?) -> BreakerOptions {
        guard let node else { return BreakerOptions() }
        let window = node.integer("window", in: 1...10_000, default: 20)
        let minimum = node.integer("minimum_calls", in: 1...10_000, default: 5)
        if minimum > window {
            (node.node("minimum_calls") ?? node).problem(
                "the breaker never opens: it wants \(minimum) calls and remembers \(window)",
                hint: "give `window` at least \(minimum)",
                severity: .warning
            )
        }
        return BreakerOptions(
            window: window,
            minimumCalls: minimum,
            failureRatio: node.value("failure_ratio", .fraction, default: 0.5),
            openTime: node.duration(
                "open_for",
                in: .milliseconds(10)...Interval.seconds(3_600),
                default: .seconds(1)
            )
        )
    }
}
