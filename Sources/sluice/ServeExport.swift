// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Gateway
import HTTP
import Logging
import Serve
import ServiceLifecycle
import Settings
import Telemetry
import Vocabulary

/// Where `sluice serve` sends spans of its requests; nowhere, unless it is told.
struct ServeExport: ParsableArguments {
    @Option(
        name: .customLong("otlp"),
        help: ArgumentHelp(
            "Send a span of each traced request to this OpenTelemetry collector (OTLP/HTTP).",
            valueName: "url"
        )
    )
    var url: String?

    @Option(
        name: .customLong("otlp-header"),
        help: ArgumentHelp(
            "A field of every request to it, its value in a file; may be repeated.",
            valueName: "name=file"
        )
    )
    var headers: [String] = []

    @Option(
        name: .customLong("otlp-ca-file"),
        help: ArgumentHelp("The authorities it is verified by, in PEM.", valueName: "file"),
        completion: .file()
    )
    var authorities: String?

    @Option(
        name: .customLong("otlp-sample"),
        help: ArgumentHelp(
            "Of requests that nobody traced before, how many are traced.",
            valueName: "share"
        )
    )
    var sample = "1%"

    func validate() throws {
        _ = try configuration()
    }

    /// What exports; nil where nothing does.
    func exporter(_ logger: Logger) throws -> OTLPExporter? {
        guard let options = try configuration() else { return nil }
        return OTLPExporter(
            options: options,
            queue: SpanQueue(),
            document: OTLPDocument(
                site: "serve",
                version: Gateway.programVersion,
                instance: TraceContext.hexadecimal(UInt64.random(in: 1 ... .max))
            ),
            time: SystemTime(),
            logger: logger
        )
    }

    private func configuration() throws -> OTLPConfiguration? {
        guard let url else { return nil }
        guard let share = Quantity.fraction(sample), (0...1).contains(share) else {
            throw ValidationError("`--otlp-sample` wants a share such as 1%")
        }
        let address: String
        do throws(OTLPConfiguration.Misaddressed) {
            address = try OTLPConfiguration.address(url)
        } catch {
            throw ValidationError("`--otlp` \(error.message)")
        }
        let fields = try headers.map { text in
            guard let place = text.firstIndex(of: "="), place != text.startIndex,
                text.index(after: place) != text.endIndex
            else { throw ValidationError("`--otlp-header` wants name=file") }
            let file = String(text[text.index(after: place)...])
            return (name: String(text[..<place]), value: SecretReference(.file(file)))
        }
        return OTLPConfiguration(
            url: address,
            headers: fields,
            signals: [.traces],
            sample: share,
            tls: HTTPTLS(caFile: authorities)
        )
    }
}

/// Exports for as long as the server serves.
struct ExportService: Service {
    let exporter: OTLPExporter
    let client: HTTPClient

    func run() async throws {
        let work = Task { await exporter.run(over: client) { [] } }
        try? await gracefulShutdown()
        work.cancel()
        await work.value
        client.shutdown()
    }
}
