// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import HTTP
import Settings
import Vocabulary

extension GatewayConfiguration.Endpoint {
    /// The cloud protocols spoken.
    private enum CloudProtocolName: String, CaseIterable {
        case openInference = "open-inference"
    }

    static func readAll(_ root: SettingsNode) -> [String: GatewayConfiguration.Endpoint] {
        var endpoints: [String: GatewayConfiguration.Endpoint] = [:]
        let zone = LocalZone.read(root)
        for node in root.named("cloud") where node.expectMapping() {
            var endpoint = Self(node)
            endpoint.limit(node, zone: zone)
            endpoints[node.name] = endpoint
        }
        return endpoints
    }

    private init(_ node: SettingsNode) {
        name = node.name
        let auth = node.optionalMapping("auth")
        let bearer = auth?.secret("bearer")
        let url = node.required("url", Self.url) ?? ""
        _ = node.value(
            "protocol",
            .choice(CloudProtocolName.self),
            default: CloudProtocolName.openInference
        )
        let breaker = node.optionalMapping("breaker")
        let timeout = node.duration(
            "timeout",
            in: .milliseconds(10)...Interval.seconds(600),
            default: .seconds(2)
        )
        var options = EndpointOptions(
            name: node.name,
            url: url,
            model: "",
            timeout: timeout,
            connectTimeout: min(timeout, .seconds(1)),
            maximumInFlight: node.integer("max_in_flight", in: 1...1_024, default: 16),
            maximumBatch: node.integer("max_batch", in: 1...1_024, default: 32),
            maximumReplyBytes: node.size("max_reply", in: 1 << 10...64 << 20, default: 1 << 20),
            credential: bearer.map { secret in HeaderCredential.bearer { try secret.read() } }
                ?? NoCredential(),
            tls: Self.tls(node),
            breaker: Self.breaker(breaker)
        )
        models = [:]
        let nodes = node.named("models", isRequired: true)
        for model in nodes where model.expectMapping() {
            options.name = GatewayConfiguration.CloudModel.name(
                endpoint: node.name,
                policy: model.name
            )
            models[model.name] = GatewayConfiguration.CloudModel(model, server: options)
        }
        if bearer != nil, url.hasPrefix("http://"), !Self.isLoopback(url) {
            node.node("url")?.problem(
                "the bearer token would cross the network in the clear",
                hint: "use `https://`",
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

    private static func tls(_ node: SettingsNode) -> HTTPTLS {
        let tls = node.optionalMapping("tls")
        let files = HTTPTLS(
            caFile: tls?.optionalPath("ca_file"),
            certificateFile: tls?.optionalPath("certificate_file"),
            keyFile: tls?.optionalPath("key_file")
        )
        if let path = files.caFile { tls?.checkPEM("ca_file", path, .certificate) }
        if let path = files.certificateFile {
            tls?.checkPEM("certificate_file", path, .certificate)
        }
        if let path = files.keyFile { tls?.checkPEM("key_file", path, .privateKey) }
        return files
    }

    private static func isLoopback(_ url: String) -> Bool {
        ["http://127.", "http://localhost", "http://[::1]"].contains { url.hasPrefix($0) }
    }

    private static var url: Shape<String> {
        .parsed("an address such as `https://models.example.com`") {
            text throws(Shape<String>.Mismatch) in
            guard let scheme = ["http://", "https://"].first(where: { text.hasPrefix($0) }) else {
                throw .init(hint: "it begins with `https://` or `http://`")
            }
            let rest = text.dropFirst(scheme.count)
            let authority = rest.prefix { $0 != "/" }
            guard !authority.contains("@") else {
                throw .init(
                    "a name or password may not stand in the address",
                    hint: "use `auth: { bearer_file: … }`"
                )
            }
            guard HostAndPort.split(authority) != nil, !text.contains("?") else { throw .init() }
            return text.last == "/" ? String(text.dropLast()) : text
        }
    }
}

extension GatewayConfiguration.CloudModel {
    fileprivate init(_ node: SettingsNode, server: EndpointOptions) {
        options = server
        options.model = node.required("model", .name) ?? ""
        options.modelVersion = node.optional("version", .name)
        options.labels = node.optional("labels", .list(of: .string))
        let outputs = node.optionalMapping("outputs")
        options.outputs = OutputNames(
            label: outputs?.optionalString("label"),
            probabilities: outputs?.optionalString("probabilities")
        )
        inputs = node.named("inputs", isRequired: true).map { tensor in
            GatewayConfiguration.Tensor(
                name: tensor.name,
                features: tensor.read(.list(of: .string)) ?? [],
                place: tensor.place
            )
        }
        if inputs.isEmpty, let node = node.node("inputs"), node.isMapping {
            node.problem("a model without inputs cannot be asked", hint: "name at least one tensor")
        }
        place = node.place
    }
}
