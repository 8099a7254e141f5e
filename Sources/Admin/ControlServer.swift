// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
public import Gateway
import Glibc
import Hummingbird
public import Logging
public import ServiceLifecycle

/// The local socket through which the command asks a running gateway, and steers it.
///
/// HTTP over a Unix domain socket that only the gateway's own user may open. Reading is GET; whatever
/// changes something is POST and is logged. Nothing of it is reachable from the network.
public struct ControlServer: Service {
    private let gateway: Gateway
    private let socket: String
    private let logger: Logger

    /// Makes a server for `gateway` at the path `socket`; a socket left there by a dead process is replaced.
    public init(gateway: Gateway, socket: String, logger: Logger) {
        self.gateway = gateway
        self.socket = socket
        self.logger = logger
    }

    /// Answers until the service group shuts down.
    public func run() async throws {
        // The spool's lock has been taken by now, so no other gateway of this site is behind the socket.
        unlink(socket)
        let router = Router()
        ControlRoutes(gateway: gateway, logger: logger).add(to: router)
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        // The socket is made with these rights, not given them afterwards.
        let mask = umask(0o177)
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .unixDomainSocket(path: socket),
                serverName: "sluice"
            ),
            onServerRunning: { _ in umask(mask) },
            logger: quiet
        )
        defer { unlink(socket) }
        try await application.run()
    }
}
