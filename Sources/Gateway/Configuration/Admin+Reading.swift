// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Settings
import Vocabulary

extension GatewayConfiguration {
    /// Where the admin server listens, and whom it lets in.
    public struct Admin: Sendable {
        /// The address it listens on.
        public var host: String
        /// The port it listens on.
        public var port: Int
        /// Its certificate with the chain, in PEM; nil for plain HTTP.
        public var certificateFile: String?
        /// The certificate's key, in PEM.
        public var keyFile: String?
        /// What callers must send as `Authorization: Bearer …`; nil lets everyone on this machine in.
        public var token: SecretReference?

        /// Makes a set of settings.
        public init(
            host: String = "127.0.0.1",
            port: Int = 8_730,
            certificateFile: String? = nil,
            keyFile: String? = nil,
            token: SecretReference? = nil
        ) {
            self.host = host
            self.port = port
            self.certificateFile = certificateFile
            self.keyFile = keyFile
            self.token = token
        }
    }
}

extension GatewayConfiguration.Admin {
    private struct Address {
        var host = "127.0.0.1"
        var port = 8_730
    }

    /// Reads `admin`; nil where there is none, and then nothing listens.
    ///
    /// An address that can be reached from elsewhere without TLS and a token is an error.
    static func read(_ root: SettingsNode) -> Self? {
        guard let node = root.optionalMapping("admin") else { return nil }
        let address = node.value("listen", listen, default: Address())
        let tls = node.optionalMapping("tls")
        let certificate = tls?.optionalPath("certificate_file")
        let key = tls?.optionalPath("key_file")
        if let tls {
            for name in ["certificate_file", "key_file"] where !tls.has(name) {
                tls.reportMissing(name, "`\(name)` is missing: certificate and key go together")
            }
        }
        if let certificate { tls?.checkPEM("certificate_file", certificate, .certificate) }
        if let key { tls?.checkPEM("key_file", key, .privateKey) }
        let token = node.secret("token")
        if !Loopback.contains(host: address.host) {
            let place = node.node("listen") ?? node
            let lacking = [tls == nil ? "`tls`" : nil, token == nil ? "`token_file`" : nil]
                .compactMap(\.self)
            if !lacking.isEmpty {
                place.problem(
                    "`\(address.host)` can be reached from other machines, and there is no "
                        + lacking.joined(separator: " and no "),
                    hint: "listen on 127.0.0.1, or set `tls: { certificate_file: …, key_file: … }` "
                        + "and `token_file: …`"
                )
            }
        }
        return Self(
            host: address.host,
            port: address.port,
            certificateFile: certificate,
            keyFile: key,
            token: token
        )
    }

    private static var listen: Shape<Address> {
        .parsed("an address such as `127.0.0.1:8730`") { text in
            guard let (host, port) = HostAndPort.split(text) else { throw ShapeMismatch() }
            return Address(host: host, port: port ?? Address().port)
        }
    }
}
