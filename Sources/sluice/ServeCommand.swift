// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Gateway
import Glibc
import HTTP
import Hosting
import Infer
import Logging
import Serve
import ServiceLifecycle
import Settings
import Telemetry
import UnixSignals
import Vocabulary

/// The verb `sluice serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a model repository over the Open Inference Protocol.",
        discussion: """
            Answers `POST /v2/models/NAME/infer` and the protocol's other requests with the ONNX models \
            of a repository, so that one gateway can be another gateway's cloud.
            """
    )

    @Option(
        help: ArgumentHelp("The model repository.", valueName: "folder"),
        completion: .directory
    )
    var models: String

    @Option(help: ArgumentHelp("Where to listen; port 0 takes a free one.", valueName: "host:port"))
    var listen = "127.0.0.1:8740"

    @Option(
        name: .customLong("port-file"),
        help: ArgumentHelp("Write the port into this file once it listens.", valueName: "file"),
        completion: .file()
    )
    var portFile: String?

    @Option(
        name: .customLong("onnxruntime"),
        help: ArgumentHelp("ONNX Runtime's library.", valueName: "file"),
        completion: .file()
    )
    var runtimeLibrary: String?

    @Option(
        name: .customLong("bearer-file"),
        help: ArgumentHelp("A file with the token callers must send.", valueName: "file"),
        completion: .file()
    )
    var bearerFile: String?

    @Option(
        name: .customLong("certificate-file"),
        help: ArgumentHelp("Our certificate and its chain, in PEM, for HTTPS.", valueName: "file"),
        completion: .file()
    )
    var certificateFile: String?

    @Option(
        name: .customLong("key-file"),
        help: ArgumentHelp("The certificate's key, in PEM.", valueName: "file"),
        completion: .file()
    )
    var keyFile: String?

    @Option(
        name: .customLong("max-hops"),
        help: "Through how many gateways a question may have come."
    )
    var maximumHops = 4

    @Option(
        name: .customLong("answers-file"),
        help: ArgumentHelp(
            "Keep answers here, so that a request that comes again after a restart gets the same.",
            valueName: "file"
        ),
        completion: .file()
    )
    var answersFile: String?

    @Option(help: "How many models run at once.")
    var threads = 2

    @OptionGroup var export: ServeExport

    @OptionGroup var log: LoggingOptions

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let logger = log.bootstrap()
        let exporter = try export.exporter(logger)
        let address = try address()
        let (engine, diagnostics) = CoreEngine.load(
            repository: models,
            shownAs: models,
            runtimeLibrary: runtimeLibrary,
            versions: .all,
            logger: logger
        )
        for diagnostic in diagnostics { Console.complain(diagnostic.rendered()) }
        guard let engine else { throw Console.configurationError }
        guard engine.models.values.contains(where: { $0.kind == .onnx }) else {
            Console.complain("`\(models)` has no ONNX model to serve")
            throw Console.configurationError
        }
        let token = try bearerFile.map { path in
            do throws(SecretReference.Unreadable) {
                return try SecretReference(.file(path)).read()
            } catch {
                Console.complain(error.message)
                throw Console.configurationError
            }
        }
        guard token != nil || Loopback.contains(host: address.host) else {
            Console.complain(
                "`--listen \(listen)` can be reached from elsewhere; give it a `--bearer-file` as well"
            )
            throw Console.configurationError
        }
        let tls = try tls(logger)
        if token != nil, tls == nil, !Loopback.contains(host: address.host) {
            Console.complain(
                "warning: the token crosses the network in the clear; give `--certificate-file` and "
                    + "`--key-file`"
            )
        }
        let portFile = portFile
        let server = OpenInferenceServer(
            engine: engine,
            options: ServeOptions(
                host: address.host,
                port: address.port,
                bearerToken: token,
                tls: tls,
                threads: threads,
                maximumHops: maximumHops,
                answersFile: answersFile,
                tracing: exporter.map { exporter in
                    ServeTracing(
                        sampler: SpanSampler(
                            share: exporter.options.sample,
                            mostPerSecond: exporter.options.tracesPerSecond
                        ),
                        queue: exporter.queue
                    )
                }
            ),
            time: SystemTime(),
            logger: logger,
            whenListening: { port in
                guard let portFile else { return }
                do {
                    try Data("\(port)\n".utf8).write(
                        to: URL(filePath: portFile),
                        options: .atomic
                    )
                } catch {
                    logger.error(
                        "the port file cannot be written",
                        metadata: ["file": "\(portFile)"]
                    )
                }
            }
        )
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        var services = [ServiceGroupConfiguration.ServiceConfiguration(service: server)]
        if let exporter {
            // Before the server, because services end in the opposite order.
            let service = ExportService(exporter: exporter, client: try HTTPClient())
            services.insert(.init(service: service), at: 0)
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services,
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: quiet
            )
        )
        try await group.run()
    }

    private func tls(_ logger: Logger) throws -> ServerTLS? {
        switch (certificateFile, keyFile) {
        case (nil, nil): return nil
        case (let certificate?, let key?):
            do throws(ServerTLS.Unusable) {
                return try ServerTLS(certificateFile: certificate, keyFile: key) { trouble in
                    logger.warning(
                        "the former certificate is still shown",
                        metadata: ["error": "\(trouble)"]
                    )
                }
            } catch {
                Console.complain(error.message)
                throw Console.configurationError
            }
        default: throw ValidationError("`--certificate-file` and `--key-file` go together")
        }
    }

    private func address() throws -> (host: String, port: Int) {
        guard let colon = listen.lastIndex(of: ":"),
            let port = Int(listen[listen.index(after: colon)...]), (0...65_535).contains(port),
            colon != listen.startIndex
        else {
            throw ValidationError("`--listen` wants host:port, such as 127.0.0.1:8740")
        }
        return (String(listen[..<colon]), port)
    }
}
