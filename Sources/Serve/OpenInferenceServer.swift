// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hosting
import Hummingbird
import HummingbirdCore
public import Infer
public import Logging
public import ServiceLifecycle
public import Vocabulary

/// Serves the ONNX models of a repository over the Open Inference Protocol, version 2, REST.
///
/// Source of the protocol: kserve/open-inference-protocol,
/// specification/protocol/inference_rest.md. Models run on a few threads of their own. Detectors
/// are not served: they follow devices, and a request has none. Stops on graceful shutdown, after
/// the requests under way. A request with an `Idempotency-Key` that comes again gets the answer it had.
public struct OpenInferenceServer: Service {
    let engine: CoreEngine
    let options: ServeOptions
    let pool: InferencePool
    private let time: any TimeSource
    private let logger: Logger
    private let whenListening: @Sendable (_ port: Int) -> Void

    /// Makes a server of `engine`'s models; `whenListening` is told the port once it listens.
    public init(
        engine: CoreEngine,
        options: ServeOptions,
        time: any TimeSource,
        logger: Logger,
        whenListening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
    ) {
        self.engine = engine
        self.options = options
        self.time = time
        self.logger = logger
        self.whenListening = whenListening
        pool = InferencePool(
            engine: engine,
            time: time,
            threads: options.threads,
            maximumWaiting: options.maximumWaiting
        )
    }

    /// Listens and answers until the service group shuts down.
    public func run() async throws {
        let answers = try AnswerStore(
            maximumAnswers: options.maximumAnswers,
            maximumBytes: options.maximumAnswerBytes,
            file: options.answersFile
        )
        let router = Router()
        router.add(middleware: Refusals(logger: logger))
        router.add(middleware: HopLimit(limit: options.maximumHops))
        if let token = options.bearerToken {
            router.add(middleware: BearerCheck(token: token))
        }
        if let tracing = options.tracing {
            router.add(
                middleware: RequestTracing(
                    tracing: tracing,
                    models: Set(engine.models.keys.map(\.name)),
                    time: time
                )
            )
        }
        router.add(middleware: RequestGate(limit: options.maximumRequests))
        addRoutes(to: router, answers: answers)
        let (options, logger, whenListening) = (options, logger, whenListening)
        let plain = HTTPServerBuilder.http1(configuration: .init(idleTimeout: .seconds(75)))
        let application = Application(
            router: router,
            server: try options.tls?.wrapping(plain) ?? plain,
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port),
                serverName: "sluice"
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? options.port
                logger.info("models are served", metadata: ["port": "\(port)"])
                whenListening(port)
            },
            logger: Self.quiet(logger)
        )
        pool.start()
        defer { pool.stop() }
        try await application.run()
    }

    /// The framework logs each start and stop; those lines are ours to write.
    private static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        return quiet
    }
}
