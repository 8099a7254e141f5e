// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Gateway
import Infer
public import Logging
import MQTT
import Settings
import Spool
import Telemetry
public import Vocabulary

/// Examines a site and what is around it: broker, clock, disk, library, models, endpoints, secrets.
///
/// Starts nothing, and changes nothing but a file of its own beside the spool, which is gone afterwards. Every
/// look has a time limit; what cannot be seen is said to be unseen.
public struct Doctor {
    let configuration: GatewayConfiguration
    let file: SettingsFile
    /// The broker's configuration file; nil to look where it usually is, when the broker is on this machine.
    let brokerFile: String?
    let logger: Logger
    private let began = ClockFacts.times()

    /// Reads the configuration at `path`; the diagnostics say why it cannot be examined.
    public static func visiting(
        configuration path: String,
        brokerFile: String?,
        logger: Logger
    ) -> (Doctor?, [Diagnostic]) {
        let (configuration, diagnostics, file) = GatewayConfiguration.read(path: path)
        guard let configuration, let file else { return (nil, diagnostics) }
        let doctor = Doctor(
            configuration: configuration,
            file: file,
            brokerFile: brokerFile,
            logger: logger
        )
        return (doctor, diagnostics)
    }

    private init(
        configuration: GatewayConfiguration,
        file: SettingsFile,
        brokerFile: String?,
        logger: Logger
    ) {
        self.configuration = configuration
        self.file = file
        self.brokerFile = brokerFile
        self.logger = logger
    }

    /// Looks at everything; `progress` is called with what is looked at next.
    public func examine(_ progress: (String) -> Void = { _ in }) async -> Checkup {
        progress("configuration")
        var items = site()
        progress("broker")
        let broker = BrokerLook(configuration: configuration, brokerFile: brokerFile)
        let (facts, certificate) = broker.facts()
        items += BrokerJudgement(facts: facts, needs: broker.needs).items
        if let certificate { items.append(certificate) }
        progress("disk")
        let path = configuration.spoolPath
        let disk = DiskFacts.measured(spool: path, cap: configuration.spool.maximumSize)
        items += disk.items
        var clock = ClockFacts()
        progress("endpoints")
        items += await endpoints(&clock)
        clock.askKernel()
        let times = ClockFacts.times()
        clock.now = times.wall
        clock.jump = (times.wall - began.wall) - (times.steady - began.steady)
        clock.latestFile = ["", "-wal"].compactMap { FileTime.written(path + $0) }.max()
        items += clock.items
        items += secrets(owner: disk.owner) + certificates()
        return Checkup(items: items)
    }

    /// Configuration, policies and models: what `sluice check` says, in short.
    private func site() -> [Checkup.Item] {
        let findings = CheckedSite.check(configuration: configuration.file, logger: logger)
        let errors = findings.diagnostics.filter { $0.severity == .error }
        let warnings = findings.diagnostics.count - errors.count
        var items = [
            Checkup.Item(
                "configuration",
                errors.isEmpty ? warnings == 0 ? .ok : .warn : .fail,
                findings.site?.summary ?? errors.first?.rendered() ?? "it cannot be used",
                remedy: errors.isEmpty && warnings == 0
                    ? nil : "`sluice check` says \(errors.count) errors, \(warnings) warnings",
                figures: ["errors": Double(errors.count), "warnings": Double(warnings)]
            )
        ]
        guard configuration.modelsPath != nil else { return items }
        do throws(RuntimeLibrary.Missing) {
            let version = try RuntimeLibrary.version(path: configuration.runtimeLibrary)
            items.append(Checkup.Item("ONNX Runtime", .ok, "version \(version)"))
        } catch {
            items.append(
                Checkup.Item(
                    "ONNX Runtime",
                    findings.site == nil ? .fail : .unseen,
                    "it is not found: \(error.message)",
                    remedy: findings.site == nil
                        ? "install it, and name it: `models: { runtime: /…/libonnxruntime.so }`"
                        : "no model here needs it"
                )
            )
        }
        return items
    }

    private func endpoints(_ clock: inout ClockFacts) async -> [Checkup.Item] {
        var items: [Checkup.Item] = []
        for endpoint in configuration.endpoints.values.sorted(by: { $0.name < $1.name }) {
            for (policy, model) in endpoint.models.sorted(by: { $0.key < $1.key }) {
                let probe = await EndpointProbe.look(at: model.options, time: SystemTime())
                let subject = "endpoint: \(endpoint.name)/\(policy)"
                items.append(EndpointJudgement.item(subject, probe, model.options))
                if let date = probe.serverDate.flatMap({ EndpointJudgement.seconds(ofDate: $0) }) {
                    clock.clouds[endpoint.name] = date - ClockFacts.times().wall
                }
            }
        }
        return items
    }

    private func secrets(owner: String?) -> [Checkup.Item] {
        var seen: Set<SecretReference> = []
        return file.secrets.filter { seen.insert($0.secret).inserted }.map { key, secret in
            let isHidden = owner != nil && SecretJudgement.isDenied(secret)
            return SecretJudgement(key: key, secret: secret, owner: isHidden ? owner : nil).item
        }
    }

    private func certificates() -> [Checkup.Item] {
        var seen: Set<String> = []
        let kinds = ["ca_file", "certificate_file"]
        return file.paths.filter { kinds.contains($0.key) && seen.insert($0.path).inserted }.map {
            CertificateFacts(file: $0.path, subject: "certificate: \($0.path)").item
        }
    }
}
