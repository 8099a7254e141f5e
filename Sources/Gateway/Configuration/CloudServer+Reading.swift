// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Settings
import Vocabulary

/// What an endpoint's models need to know of their server to speak to it.
struct CloudServer {
    let name: CloudProtocolName
    let url: String
    let headers: [(name: String, value: String)]
    let authorization: CloudAuthorization
    let isBinary: Bool
    let project: String
    let location: String
    let apiVersion: String
    let broker: GatewayConfiguration.Broker.Address?
    let clientID: String
    let responseTopic: String
    let alpn: String?

    init(_ node: SettingsNode, site: String, client: String) {
        let name = node.value(
            "protocol",
            .choice(CloudProtocolName.self),
            default: CloudProtocolName.openInference
        )
        self.name = name
        let region = node.optional("region", .name)
        project = node.optional("project", .name) ?? ""
        location = node.optional("location", .name) ?? ""
        apiVersion = node.optional("api_version", .name) ?? ""
        isBinary = node.value(
            "tensors",
            .choice(of: [("json", false), ("binary", true)]),
            default: false
        )
        clientID = node.value("client_id", .name, default: "\(client)-\(node.name)")
        responseTopic = node.value(
            "response_topic",
            .string,
            default: "sluice/\(site)/answers/\(node.name)"
        )
        headers = Self.headers(node)
        let alpn = node.optional("alpn", .alpn)
        if name == .mqtt {
            broker = node.optional("url", GatewayConfiguration.Broker.url)
            Self.checkAddress(node, "mqtts://broker.example:8883")
            url = ""
        } else {
            broker = nil
            url = Self.address(node, name, region: region, location: location)
        }
        self.alpn = alpn ?? broker?.ownALPN
        authorization = CloudAuthorization(node.optionalMapping("auth"), for: name, region: region)
        node.refuse(CloudProtocolName.serverKeys, but: name.ownServerKeys, of: name)
        Self.check(node, name)
        checkSecrets(node)
    }

    private static func address(
        _ node: SettingsNode,
        _ name: CloudProtocolName,
        region: String?,
        location: String
    ) -> String {
        if name.knowsAddress, !node.has("url") {
            _ = node.optional("url", .url(takesQuery: false))
            return name == .sageMaker
                ? "https://runtime.sagemaker.\(region ?? "").amazonaws.com"
                : "https://\(location)-aiplatform.googleapis.com"
        }
        let url = node.optional("url", .url(takesQuery: name.takesQuery))
        checkAddress(node, "https://models.example.com")
        return url ?? ""
    }

    private static func checkAddress(_ node: SettingsNode, _ example: String) {
        guard !node.has("url") else { return }
        node.problemWithKey(
            "`url` is missing in `\(node.name)`; it wants an address such as `\(example)`"
        )
    }

    /// Reports what a protocol cannot do without.
    private static func check(_ node: SettingsNode, _ name: CloudProtocolName) {
        let needed: [String] =
            switch name {
            case .vertex: ["project", "location"]
            case .azureOpenAI: ["api_version"]
            case .sageMaker: ["region"]
            default: []
            }
        for key in needed where !node.has(key) {
            node.problemWithKey(
                "`\(key)` is missing in `\(node.name)`; `\(name.rawValue)` needs it"
            )
        }
        if name == .sageMaker, node.node("auth")?.has("access_key_file") != true,
            node.node("auth")?.has("access_key_env") != true
        {
            node.problemWithKey(
                "SageMaker takes signed requests only",
                hint: "add `auth: { access_key_file: …, secret_key_file: … }`"
            )
        }
    }

    private func checkSecrets(_ node: SettingsNode) {
        let isOpen =
            name == .mqtt
            ? broker.map { !$0.usesTLS && !Loopback.contains(host: $0.host) }
                ?? false
            : url.hasPrefix("http://") && !Loopback.contains(url: url)
        guard isOpen else { return }
        let hint = name == .mqtt ? "use `mqtts://`" : "use `https://`"
        if authorization.password != nil {
            node.node("url")?.problem(
                "the password would cross the network in the clear",
                hint: hint,
                severity: .warning
            )
        } else if authorization.showsSecret {
            node.node("url")?.problem(
                "the token or key would cross the network in the clear",
                hint: hint,
                severity: .warning
            )
        }
    }

    /// Fields of every request, none of which may be a secret.
    private static func headers(_ node: SettingsNode) -> [(name: String, value: String)] {
        node.named("headers").compactMap { field in
            let secret = [
                "authorization", "proxy-authorization", "api-key", "x-api-key", "x-goog-api-key",
                "cookie", "ocp-apim-subscription-key", "x-amz-security-token",
            ]
            if secret.contains(field.name.lowercased()) {
                field.problemWithKey(
                    "`\(field.name)` carries a secret, which may not be written into the file",
                    hint: "use `auth: { api_key_file: …, api_key_header: \(field.name) }`"
                )
            }
            guard let value = field.read(.string) else { return nil }
            let isName = field.name.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
            guard isName, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                field.problemWithKey("`\(field.name)` cannot be written as a header field")
                return nil
            }
            return (field.name, value)
        }
    }
}

extension SettingsNode {
    /// Reports those of `keys` that are there although protocol `name` has no use for them.
    func refuse(_ keys: [String], but own: Set<String>, of name: CloudProtocolName) {
        for key in keys where has(key) && !own.contains(key) {
            node(key)?.problemWithKey("`\(key)` has no use with `protocol: \(name.rawValue)`")
        }
    }
}

extension Shape where Value == String {
    /// A web address without a name, a password or a secret in it.
    static func url(takesQuery: Bool) -> Shape<String> {
        .parsed("an address such as `https://models.example.com`") { text in
            guard let scheme = ["http://", "https://"].first(where: { text.hasPrefix($0) }) else {
                throw ShapeMismatch(hint: "it begins with `https://` or `http://`")
            }
            let rest = text.dropFirst(scheme.count)
            let authority = rest.prefix { $0 != "/" && $0 != "?" }
            guard !authority.contains("@") else {
                throw ShapeMismatch(
                    "a name or password may not stand in the address",
                    hint: "use `auth: { bearer_file: … }`"
                )
            }
            guard HostAndPort.split(authority) != nil else { throw ShapeMismatch() }
            guard let mark = text.firstIndex(of: "?") else {
                return text.last == "/" ? String(text.dropLast()) : text
            }
            guard takesQuery else { throw ShapeMismatch() }
            let secret = ["key", "api_key", "apikey", "token", "access_token", "sig", "code"]
            for pair in text[mark...].dropFirst().split(separator: "&") {
                let name = pair.prefix { $0 != "=" }.lowercased()
                guard !secret.contains(name) else {
                    throw ShapeMismatch(
                        "a secret may not stand in the address",
                        hint: "use `auth: { api_key_file: …, api_key_header: … }`"
                    )
                }
            }
            return text
        }
    }
}
