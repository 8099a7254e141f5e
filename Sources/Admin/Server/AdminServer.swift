// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Gateway
public import Hosting
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import ServiceLifecycle
import Settings
import Vocabulary

/// The server for people and programs elsewhere: dashboard, API, metrics, health.
///
/// Loopback or TLS and a token; see `Admission`. It takes no part in any message's way: connections,
/// streams, requests and bodies are bounded, it runs on `OnlookerThreads`, and when a thread or the port cannot
/// be had it is said, tried again, and everything else goes on.
public struct AdminServer: Service {
    /// How many connections are open at once; more wait at the system's door.
    static let connectionLimit = 512
    /// After how long without a byte either way a connection is closed.
    static let patience = Duration.seconds(60)

    private let gateway: Gateway
    private let settings: GatewayConfiguration.Admin
    private let tls: ServerTLS?
    private let version: String
    private let logger: Logger
    private let whenListening: @Sendable (Int) -> Void

    /// Makes a server for `gateway`; nothing listens before `run`.
    ///
    /// Throws when its certificate cannot be used. `whenListening` is given the port each time it listens.
    public init(
        gateway: Gateway,
        settings: GatewayConfiguration.Admin,
        version: String,
        logger: Logger,
        whenListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws(ServerTLS.Unusable) {
        self.gateway = gateway
        self.settings = settings
        self.version = version
        self.logger = logger
        self.whenListening = whenListening
        if let certificate = settings.certificateFile, let key = settings.keyFile {
            tls = try ServerTLS(certificateFile: certificate, keyFile: key) { trouble in
                logger.warning(
                    "the admin server's former certificate is still shown",
                    metadata: ["error": "\(trouble)"]
                )
            }
        } else {
            tls = nil
        }
    }

    /// Answers until the service group shuts down.
    public func run() async throws {
        guard let sockets = await OnlookerThreads.begin(logger) else { return }
        try await withTaskExecutorPreference(OnlookerThreads.answers) { try await serve(sockets) }
    }

    private func serve(_ sockets: any EventLoop) async throws {
        let router = router()
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                return try await application(router, sockets).run()
            } catch is CancellationError {
                return
            } catch {
                logger.error(
                    "the admin server cannot listen; trying again",
                    metadata: [
                        "address": "\(settings.host):\(settings.port)", "error": "\(error)",
                        "advice": "free the port, or set another `admin: { listen: … }`",
                    ]
                )
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(5)) }
        }
    }

    private func router() -> Router<AdminContext> {
        let token = settings.token.map { TokenSource($0, logger: logger) }
        let routes = ControlRoutes(gateway: gateway, logger: logger)
        let book = routes.networkBook(version: version, takesToken: token != nil)
        let open = Set(book.operations.filter(\.isOpen).map(\.path))
        let router = Router(context: AdminContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: Refusals(book: book, logger: logger))
        router.add(middleware: Bounds())
        router.add(
            middleware: Admission(
                isOpen: { open.contains($0) || DashboardFile.named($0) != nil },
                token: token
            )
        )
        router.add(middleware: ChangeLog(logger: logger))
        book.add(to: router)
        DashboardFile.add(to: router)
        return router
    }

    private func application(
        _ router: Router<AdminContext>,
        _ sockets: any EventLoop
    ) throws -> some ApplicationProtocol {
        let plain = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [
                    IdleStateHandler(allTimeout: .init(Self.patience)), IdleClosing(),
                    FirstRequest(), UnreadRequest(), LastAnswer(),
                ],
                idleTimeout: .seconds(30),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: UnreadRequest.fieldLimit,
                    maxHeaderListSize: UnreadRequest.headLimit,
                    maxHeaderFieldCount: UnreadRequest.fieldCount
                )
            )
        )
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        let (settings, logger, whenListening) = (settings, logger, whenListening)
        let scheme = tls == nil ? "http" : "https"
        return Application(
            router: router,
            server: try tls?.wrapping(plain) ?? plain,
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port),
                serverName: "sluice",
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit)
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? settings.port
                let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
                logger.info(
                    "the dashboard is served",
                    metadata: ["url": "\(scheme)://\(host):\(port)/"]
                )
                whenListening(port)
            },
            eventLoopGroupProvider: .shared(sockets),
            logger: quiet
        )
    }
}
