// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import HummingbirdCore
import HummingbirdTLS
import NIOCore
import NIOSSL
import Synchronization

/// The certificate a server shows, and its key; TLS 1.2 and 1.3 are spoken.
///
/// Whether the files have changed is asked with each connection, so that a renewed certificate is shown
/// without a restart. While the new ones cannot be used, say between the two writes, the last that could
/// be are shown, and why is reported once for each state of the files.
public final class ServerTLS: Sendable {
    /// Why the files cannot be used.
    public struct Unusable: Error, Sendable {
        /// Which file, and what is wrong with it.
        public var message: String
    }

    private struct Pair {
        var chain: [NIOSSLCertificateSource]
        var key: NIOSSLPrivateKeySource
    }

    private struct Shown {
        /// The files as they were last looked at, whether they could be used or not: a broken pair is read
        /// once, and not with each connection.
        var stamp: FileStamp
        var pair: Pair
    }

    private let certificateFile: String
    private let keyFile: String
    private let shown: Mutex<Shown>
    private let report: @Sendable (String) -> Void

    /// Reads a certificate with its chain, and its key, both in PEM.
    ///
    /// `report` is told, on any thread, why files that have changed are not shown.
    public init(
        certificateFile: String,
        keyFile: String,
        report: @escaping @Sendable (String) -> Void
    ) throws(Unusable) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.report = report
        let stamp = FileStamp([certificateFile, keyFile])
        let pair = try Self.read(certificateFile, keyFile)
        shown = Mutex(Shown(stamp: stamp, pair: pair))
    }

    /// A server that speaks `plain` inside TLS.
    public func wrapping(_ plain: HTTPServerBuilder) throws -> HTTPServerBuilder {
        var configuration = Self.configuration(shown.withLock { $0.pair })
        configuration.sslContextCallback = { [self] _, promise in
            refresh()
            let pair = shown.withLock { $0.pair }
            var override = NIOSSLContextConfigurationOverride()
            override.certificateChain = pair.chain
            override.privateKey = pair.key
            promise.succeed(override)
        }
        return try .tls(plain, tlsConfiguration: configuration)
    }

    /// Takes the files as they are now, where they have changed and can be used.
    func refresh() {
        let trouble: String? = shown.withLock { shown in
            let stamp = FileStamp([certificateFile, keyFile])
            guard stamp != shown.stamp else { return nil }
            shown.stamp = stamp
            do throws(Unusable) {
                shown.pair = try Self.read(certificateFile, keyFile)
                return nil
            } catch {
                return error.message
            }
        }
        if let trouble { report(trouble) }
    }

    private static func read(
        _ certificateFile: String,
        _ keyFile: String
    ) throws(Unusable) -> Pair {
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
        } catch {
            throw Unusable(message: "`\(certificateFile)` is no certificate in PEM: \(error)")
        }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
        } catch {
            throw Unusable(message: "`\(keyFile)` is no private key in PEM: \(error)")
        }
        let pair = Pair(chain: chain.map { .certificate($0) }, key: .privateKey(key))
        do {
            // A key that belongs to another certificate is found now rather than at the first call.
            _ = try NIOSSLContext(configuration: configuration(pair))
        } catch {
            throw Unusable(
                message: "`\(keyFile)` is not the key of `\(certificateFile)`: \(error)"
            )
        }
        return pair
    }

    private static func configuration(_ pair: Pair) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: pair.chain,
            privateKey: pair.key
        )
        configuration.minimumTLSVersion = .tlsv12
        return configuration
    }
}
