// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Admin
import ArgumentParser
import CoreMetrics
import Gateway
import Glibc
import Hosting
import Logging
import ServiceLifecycle
import Systemd
import Telemetry
import UnixSignals
import Vocabulary

/// The verb `sluice run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the gateway.",
        discussion: """
            Checks the configuration first and exits with 78 when something is wrong. A broker or a \
            cloud that is not there is no reason to exit: it keeps trying and says so.

            SIGTERM and SIGINT settle what is open and exit within 10 seconds. SIGHUP reads the \
            policies again and runs their tests; a bad set is refused, with the reasons, and the old \
            one stays in force.
            """
    )

    @OptionGroup var file: ConfigurationOption
    @OptionGroup var log: LoggingOptions

    func run() async throws {
        // A peer that goes away is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let logger = log.bootstrap()
        let metrics = MetricsRegistry()
        MetricsSystem.bootstrap(metrics)
        let findings = CheckedSite.checkToRun(configuration: file.path, logger: logger)
        Console.print(findings, verdict: findings.site == nil ? "Nothing was started." : nil)
        guard let site = findings.site else { throw Console.configurationError }
        try Self.refuseFailing(site.runPolicyTests())
        let gateway: Gateway
        do throws(ControlClient.Failure) {
            try await ControlServer.claim(site.configuration.controlSocket)
        } catch {
            Console.complain("sluice: \(error.message)")
            throw Console.unavailable
        }
        do {
            gateway = try Gateway(
                site: site,
                metrics: metrics,
                logger: logger,
                service: .given()
            )
        } catch {
            Console.complain("sluice: \(error)")
            throw Console.unavailable
        }
        let admin: AdminServer?
        do throws(ServerTLS.Unusable) {
            admin = try Self.adminServer(gateway, logger)
        } catch {
            Console.complain("sluice: \(error.message)")
            throw Console.configurationError
        }
        let control = ControlServer(
            gateway: gateway,
            socket: site.configuration.controlSocket,
            logger: logger
        )
        site.rememberTrials()
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: gateway),
                    .init(service: control),
                    .init(service: ReloadOnHangup(gateway: gateway)),
                ] + (admin.map { [.init(service: $0)] } ?? []),
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Self.quiet(logger)
            )
        )
        try await group.run()
    }

    /// The admin server, where one is configured.
    private static func adminServer(
        _ gateway: Gateway,
        _ logger: Logger
    ) throws(ServerTLS.Unusable) -> AdminServer? {
        guard let settings = gateway.site.configuration.admin else { return nil }
        return try AdminServer(
            gateway: gateway,
            settings: settings,
            version: Gateway.programVersion,
            logger: logger
        )
    }

    /// A set of policies that fails its own tests is no set to run.
    private static func refuseFailing(_ report: PolicyTestReport) throws {
        for diagnostic in report.diagnostics { Console.complain(diagnostic.rendered()) }
        for line in TestText.failures(report) { Console.complain(line) }
        guard !report.hasPassed else { return }
        Console.complain("\(report.summary). Nothing was started.")
        throw Console.configurationError
    }

    /// The group logs each step of its own; the gateway says what matters.
    private static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        return quiet
    }
}

/// Reads the policies again at every SIGHUP.
private struct ReloadOnHangup: Service {
    let gateway: Gateway

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: [.sighup])
        for await _ in signals.cancelOnGracefulShutdown() {
            gateway.reload()
        }
    }
}
