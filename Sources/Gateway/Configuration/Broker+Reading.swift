// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
public import Vocabulary

extension GatewayConfiguration.Broker {
    /// A broker's address, as its URL gives it.
    struct Address {
        var host: String
        var port: Int
        var usesTLS: Bool

        /// What AWS IoT Core wants to hear on the port of the web, from who shows a certificate; nil elsewhere.
        ///
        /// (AWS IoT Core, "Device communication protocols".)
        var ownALPN: String? {
            let isAmazon = [".amazonaws.com", ".amazonaws.com.cn"].contains { host.hasSuffix($0) }
            return usesTLS && port == 443 && isAmazon ? "x-amzn-mqtt-ca" : nil
        }
    }

    init(_ node: SettingsNode, site: String) {
        let address = node.required("url", Self.url)
        let tls = address?.usesTLS ?? false
        host = address?.host ?? ""
        port = address?.port ?? 0
        usesTLS = tls
        isVersion311 = node.value(
            "version",
            .choice(of: [("5", false), ("3.1.1", true)]),
            default: false
        )
        clientID = node.value("client_id", .name, default: "sluice-\(site)")
        username = node.optionalString("username")
        password = node.secret("password")
        caFile = node.optionalPath("ca_file")
        certificateFile = node.optionalPath("certificate_file")
        keyFile = node.optionalPath("key_file")
        alpn = node.optional("alpn", .alpn) ?? address?.ownALPN
        keepAlive = node.duration(
            "keep_alive",
            in: .seconds(5)...Interval.seconds(3_600),
            default: .seconds(20)
        )
        sessionExpiry = node.duration(
            "session_expiry",
            in: .seconds(60)...Interval.seconds(4_000_000_000),
            default: .seconds(7 * 86_400)
        )
        checkTLS(node)
    }

    /// Reads a file that says nothing but `broker:`; nil where it has an error.
    public static func read(text: String) -> (GatewayConfiguration.Broker?, [Diagnostic]) {
        let (file, diagnostics) = SettingsFile.parse(Array(text.utf8), shownAs: "broker")
        guard let file else { return (nil, diagnostics) }
        let broker = Self(file.root.mapping("broker"), site: "site")
        file.root.finish()
        return (file.hasErrors ? nil : broker, file.diagnostics)
    }

    private func checkTLS(_ node: SettingsNode) {
        let keys = ["ca_file", "certificate_file", "key_file", "alpn"]
        for key in keys where node.has(key) && !usesTLS {
            node.node(key)?.problemWithKey(
                "`\(key)` has no use on a connection without TLS",
                hint: "begin `url` with `mqtts://`"
            )
        }
        if (certificateFile == nil) != (keyFile == nil) {
            let key = certificateFile == nil ? "key_file" : "certificate_file"
            node.node(key)?.problemWithKey("`certificate_file` and `key_file` go together")
        }
        if usesTLS {
            if let caFile { node.checkPEM("ca_file", caFile, .certificate) }
            if let certificateFile {
                node.checkPEM("certificate_file", certificateFile, .certificate)
            }
            if let keyFile { node.checkPEM("key_file", keyFile, .privateKey) }
        }
        if username != nil || password != nil, !usesTLS, !Loopback.contains(host: host) {
            node.problemWithKey(
                "the password would cross the network in the clear",
                hint: "use `mqtts://`",
                severity: .warning
            )
        }
    }

    static var url: Shape<Address> {
        .parsed("an address such as `mqtts://broker.example:8883`") {
            text in
            let schemes = [("mqtt://", false, 1_883), ("mqtts://", true, 8_883)]
            guard let (scheme, usesTLS, port) = schemes.first(where: { text.hasPrefix($0.0) })
            else { throw ShapeMismatch(hint: "it begins with `mqtt://` or `mqtts://`") }
            var rest = text.dropFirst(scheme.count)
            if rest.last == "/" { rest = rest.dropLast() }
            guard !rest.contains("@") else {
                throw ShapeMismatch(
                    "a name or password may not stand in the address",
                    hint: "use `username` and `password_file`"
                )
            }
            guard let (host, given) = HostAndPort.split(rest) else { throw ShapeMismatch() }
            return Address(host: host, port: given ?? port, usesTLS: usesTLS)
        }
    }
}

extension Shape where Value == String {
    /// The name of a protocol as TLS carries it (RFC 7301 section 3.1).
    static var alpn: Shape {
        .parsed("a protocol's name such as `mqtt`") { text in
            let isName = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x2C }
            guard isName, (1...255).contains(text.utf8.count) else { throw ShapeMismatch() }
            return text
        }
    }
}

/// A host with an optional port, as in `host:1883` or `[::1]:1883`.
enum HostAndPort {
    /// The two halves; nil when the text is neither.
    static func split(_ text: some StringProtocol) -> (host: String, port: Int?)? {
        var host = String(text)
        var port: Int?
        if let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") {
            guard let number = Int(host[host.index(after: colon)...]),
                (1...65_535).contains(number)
            else { return nil }
            port = number
            host = String(host[..<colon])
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains("/"), !host.contains(" ") else { return nil }
        return (host, port)
    }
}
