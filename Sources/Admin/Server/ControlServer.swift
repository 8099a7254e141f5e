// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
public import Gateway
import Glibc
import HTTP
import Hummingbird
public import Logging
public import ServiceLifecycle

/// The local socket through which the command asks a running gateway, and steers it.
///
/// HTTP over a Unix domain socket that only the gateway's own user may open. Reading is GET; whatever
/// changes something is POST and is logged. Nothing of it is reachable from the network. It runs on
/// `OnlookerThreads`, as the admin server does.
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
        guard let sockets = await OnlookerThreads.begin(logger) else { return }
        // Checked by `claim`: nothing is there, or a socket that nobody answers.
        unlink(socket)
        let router = Router(context: AdminContext.self, options: [.autoGenerateHeadEndpoints])
        let book = ControlRoutes(gateway: gateway, logger: logger).localBook
        router.add(middleware: Refusals(book: book, logger: logger))
        router.add(middleware: ChangeLog(logger: logger))
        book.add(to: router)
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        let socket = socket
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .unixDomainSocket(path: socket),
                serverName: "sluice"
            ),
            // Connecting takes the right to write, which the usual umask (022) gives nobody else even in
            // the moment before this; a umask of our own would be the whole process's.
            onServerRunning: { _ in chmod(socket, 0o600) },
            eventLoopGroupProvider: .shared(sockets),
            logger: quiet
        )
        defer { unlink(socket) }
        try await withTaskExecutorPreference(OnlookerThreads.answers) {
            try await application.run()
        }
    }

    /// Makes sure that the path `socket` may be taken: nothing is there, or a socket left by a dead process.
    ///
    /// Throws when another file is there, which must not be replaced, or another gateway answers.
    public static func claim(_ socket: String) async throws(ControlClient.Failure) {
        let found = try? FileManager.default.attributesOfItem(atPath: socket)
        guard let found else { return }
        guard found[.type] as? FileAttributeType == .typeSocket else {
            throw ControlClient.Failure(
                message: "\(socket) is a file and no socket; remove it, or set `control.socket`",
                isAbsent: true
            )
        }
        let client: ControlClient
        do throws(HTTP.HTTPError) {
            client = try ControlClient(socket: socket)
        } catch {
            throw ControlClient.Failure(message: error.message, isAbsent: true)
        }
        do throws(ControlClient.Failure) {
            _ = try await client.send("GET", "/v1/status")
        } catch {
            if error.isAbsent { return }
        }
        throw ControlClient.Failure(
            message: "another gateway answers at \(socket); set a `control.socket` for this one",
            isAbsent: false
        )
    }
}
