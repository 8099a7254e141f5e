// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Escalate
import HTTP
import Settings
import Sync
import Vocabulary

extension GatewayConfiguration.Sink {
    static func readAll(
        _ root: SettingsNode,
        site: String
    ) -> [String: GatewayConfiguration.Sink] {
        var sinks: [String: GatewayConfiguration.Sink] = [:]
        for node in root.named("sinks") where node.expectMapping() {
            sinks[node.name] = Self(node, site: site)
        }
        return sinks
    }

    private init?(_ node: SettingsNode, site: String) {
        name = node.name
        place = node.place
        guard let kind = node.required("kind", .choice(Kind.self)) else { return nil }
        let limits = SinkLimits(
            lines: node.integer("max_lines", in: 1...10_000, default: kind == .mqtt ? 100 : 500),
            bytes: node.size("max_batch", in: 1 << 10...64 << 20, default: 1 << 20)
        )
        switch kind {
        case .ndjson: way = .web(Self.web(node, limits))
        case .mqtt: way = .broker(Self.broker(node, limits, site: site))
        }
    }

    private static func web(_ node: SettingsNode, _ limits: SinkLimits) -> NDJSONSink.Options {
        let url = node.required("url", address) ?? ""
        let auth = node.optionalMapping("auth")
        let bearer = auth?.secret("bearer")
        if url.hasPrefix("http://"), !Loopback.contains(url: url) {
            node.node("url")?.problem(
                "what is sent would cross the network in the clear",
                hint: "use `https://`",
                severity: .warning
            )
        }
        var credential: any Credential = NoCredential()
        if let bearer { credential = HeaderCredential.bearer { try bearer.read() } }
        return NDJSONSink.Options(
            url: url,
            usesGzip: node.flag("gzip", default: true),
            timeout: node.duration(
                "timeout",
                in: .milliseconds(100)...Interval.seconds(600),
                default: .seconds(30)
            ),
            limits: limits,
            tls: HTTPTLS(reading: node),
            credential: credential
        )
    }

    private static func broker(
        _ node: SettingsNode,
        _ limits: SinkLimits,
        site: String
    ) -> BrokerWay {
        let dialect = node.value("dialect", .choice(BrokerDialect.self), default: .plain)
        let template = node.optional("topic", topic)
        if dialect != .azureIoTHub, template == nil, !node.has("topic") {
            node.reportMissing(
                "topic",
                "`topic` is missing in `\(node.name)`",
                hint: "such as `topic: sluice/{site}/{policy}`"
            )
        }
        if dialect == .azureIoTHub, node.has("topic") {
            node.node("topic")?.problemWithKey(
                "an Azure IoT hub takes messages on its own topic only",
                hint: "leave `topic` out"
            )
        }
        if dialect != .plain, !node.has("client_id") {
            node.reportMissing(
                "client_id",
                "`client_id` is missing in `\(node.name)`",
                hint: "the name of the device or thing, which the broker knows us by"
            )
        }
        var connection = GatewayConfiguration.Broker(node, site: "\(site)-\(node.name)")
        // A site's own name for Amazon's end does not tell by itself whose it is.
        if dialect == .awsIoTCore, connection.usesTLS, connection.port == 443 {
            connection.alpn = connection.alpn ?? "x-amzn-mqtt-ca"
        }
        if dialect != .plain, !connection.usesTLS, !Loopback.contains(host: connection.host) {
            node.node("url")?.problem("it is reached over TLS only", hint: "begin with `mqtts://`")
        }
        let key = node.secret("shared_access_key")
        if key != nil, dialect != .azureIoTHub {
            node.problem(
                "`shared_access_key` is for `dialect: azure-iot-hub`",
                hint: "others take a password or a certificate"
            )
        }
        let ways = [key != nil, connection.password != nil, connection.certificateFile != nil]
        if dialect == .azureIoTHub, ways.filter(\.self).count != 1 {
            node.problem(
                ways.contains(true)
                    ? "the hub is told in more than one way who we are"
                    : "nothing says who we are to the hub",
                hint: "give one of `shared_access_key_file`, `password_file` (a SAS token that "
                    + "others renew), or `certificate_file` and `key_file`"
            )
        }
        return BrokerWay(
            connection: connection,
            dialect: dialect,
            topic: template,
            limits: limits,
            sharedAccessKey: key,
            tokenLifetime: node.duration(
                "token_lifetime",
                in: .seconds(60)...Interval.seconds(365 * 86_400),
                default: .seconds(3_600)
            )
        )
    }

    private static var topic: Shape<TopicTemplate> {
        .parsed("a topic such as `sluice/{site}/{policy}`") {
            text in
            let template: Template
            do throws(Template.Malformed) {
                template = try Template(text)
            } catch {
                throw ShapeMismatch(error.message, offset: error.offset)
            }
            let known = ["site", "policy", "device"]
            for name in template.names where !known.contains(name) {
                throw ShapeMismatch(
                    "`{\(name)}` is not known here",
                    hint: "known: " + known.map { "`{\($0)}`" }.joined(separator: ", ")
                )
            }
            do throws(TopicError) {
                return try TopicTemplate(template)
            } catch {
                throw ShapeMismatch(error.message)
            }
        }
    }

    private static var address: Shape<String> {
        .parsed("an address such as `https://lake.example.com/lines`") {
            text in
            guard let scheme = ["http://", "https://"].first(where: { text.hasPrefix($0) }) else {
                throw ShapeMismatch(hint: "it begins with `https://` or `http://`")
            }
            let authority = text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" }
            guard !authority.contains("@") else {
                throw ShapeMismatch(
                    "a name or password may not stand in the address",
                    hint: "use `auth: { bearer_file: … }`"
                )
            }
            guard HostAndPort.split(authority) != nil else { throw ShapeMismatch() }
            return text
        }
    }
}

extension Shape where Value == Int {
    /// A number of bytes a second.
    static var bytesPerSecond: Shape {
        .parsed("a number of bytes a second such as `200KiB/s`") { text in
            guard text.hasSuffix("/s"), let bytes = Quantity.bytes(String(text.dropLast(2))),
                (1 << 10...1 << 40).contains(bytes)
            else { throw ShapeMismatch(hint: "1KiB/s at least") }
            return bytes
        }
    }
}
