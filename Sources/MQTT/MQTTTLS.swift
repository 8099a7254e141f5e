// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How a connection is encrypted and whom it trusts.
public struct MQTTTLS: Sendable {
    /// The file with the certificates of the authorities that are trusted; nil for the system's.
    public var caFile: String?
    /// A folder of such certificates, hashed as OpenSSL wants it.
    public var caPath: String?
    /// The file with our certificate chain, where the broker wants one.
    public var certificateFile: String?
    /// The file with the key of that certificate.
    public var keyFile: String?
    /// The protocol named in the handshake (ALPN, RFC 7301), for a port that serves several; nil names none.
    public var applicationProtocol: String?
    /// False accepts a trusted certificate that names another host; for brokers known by address only.
    public var verifiesHostname = true

    /// Makes the default: the system's authorities, the host name verified, no client certificate.
    public init() {}

    /// Makes a set-up that trusts the authorities in `caFile` only.
    public init(caFile: String) {
        self.caFile = caFile
    }
}
