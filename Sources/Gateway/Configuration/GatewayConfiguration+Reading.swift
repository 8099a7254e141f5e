// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
public import Settings
import Spool
public import Vocabulary

extension GatewayConfiguration {
    /// Reads `sluice.yaml`.
    ///
    /// Nil when an error was found; every problem is in the diagnostics, warnings too. Relative paths
    /// are taken from the file's own folder. Blocks while it reads.
    public static func read(path: String) -> (GatewayConfiguration?, [Diagnostic], SettingsFile?) {
        let (file, diagnostics) = SettingsFile.read(path: path, shownAs: path)
        guard let file else { return (nil, diagnostics, nil) }
        var configuration = read(file.root, file: path)
        configuration.credentialFiles = file.root.credentialFiles
        configuration.homeAssistantPrefix = homeAssistant(file.root)
        file.root.finish()
        return (file.hasErrors ? nil : configuration, file.diagnostics, file)
    }

    private static func read(_ root: SettingsNode, file: String) -> GatewayConfiguration {
        let site = root.optionalMapping("site")?.required("name", .name) ?? "site"
        let models = root.optionalMapping("models")
        let spool = root.mapping("spool")
        let log = root.optionalMapping("decisions")
        let audits = root.optionalMapping("audits")
        let sync = root.optionalMapping("sync")
        let options = SpoolOptions(spool, audits: audits)
        if let path = spool.optionalPath("path") { spool.checkFolder("path", path) }
        if let path = log?.optionalPath("log") { log?.checkFolder("log", path) }
        let inputs = Input.readAll(root, spool: options)
        let (verdicts, status) = (verdictTopic(root), statusTopic(root, site: site))
        checkOwnTopics(root, inputs, verdicts: verdicts, status: status)
        let broker = Broker(root.mapping("broker"), site: site)
        return GatewayConfiguration(
            file: file,
            site: site,
            broker: broker,
            inputs: inputs,
            modelsPath: models?.optionalPath("path"),
            runtimeLibrary: models?.optionalPath("runtime"),
            session: models.map { SessionSettings($0) } ?? SessionSettings(),
            models: ModelsConfiguration(models),
            policiesPath: root.mapping("policies").optionalPath("path") ?? "Policies",
            endpoints: Endpoint.readAll(root, site: site, client: broker.clientID),
            sinks: Sink.readAll(root, site: site),
            spoolPath: spool.optionalPath("path") ?? missing("path", in: spool),
            spool: options,
            controlSocket: controlSocket(root, spool: spool),
            admin: Admin.read(root),
            verdictTopic: verdicts,
            statusTopic: status,
            decisionLog: log?.optionalPath("log"),
            decisionLogSize: log?.size("max_size", in: 64 << 10...1 << 40, default: 64 << 20)
                ?? 64 << 20,
            decisionLogSampling: log?.integer("sample", in: 0...1_000_000, default: 100) ?? 100,
            recording: RecordingRequest(root.optionalMapping("record")),
            auditsPerHour: audits?.value("calls", .callsPerHour, default: 100) ?? 100,
            labelTopic: labelTopic(root, inputs: inputs),
            drainInFlight: sync?.integer("max_in_flight", in: 1...1_000, default: 2) ?? 2,
            drainRate: sync?.optional("rate", .bytesPerSecond),
            telemetry: OTLPConfiguration(root)
        )
    }

    private static func missing(_ key: String, in node: SettingsNode) -> String {
        node.required(key, .string) ?? ""
    }

    /// Where the gateway of a file listens, whatever else is wrong with the file.
    public static func controlSocket(in file: SettingsFile) -> String {
        controlSocket(file.root, spool: file.root.mapping("spool"))
    }

    private static func controlSocket(_ root: SettingsNode, spool: SettingsNode) -> String {
        let beside = (spool.optionalPath("path") ?? "sluice") + ".control"
        let node = root.optionalMapping("control")
        let path = node?.optionalPath("socket") ?? beside
        // The kernel's sockaddr_un holds 107 bytes and an end mark (unix(7)).
        if path.utf8.count > 107 {
            let holder = node?.node("socket") ?? spool.node("path") ?? root
            holder.problem(
                "the control socket's path is longer than the 107 bytes a socket may have",
                hint: "set `control: { socket: … }` to a shorter one"
            )
        }
        return path
    }

    private static func verdictTopic(_ root: SettingsNode) -> Template {
        let node = root.optionalMapping("verdicts")
        let shape = Shape<Template>.parsed("a topic such as `sluice/verdicts/{policy}`") {
            text in
            let template: Template
            do throws(Template.Malformed) {
                template = try Template(text)
            } catch {
                throw ShapeMismatch(error.message, offset: error.offset)
            }
            let known = ["policy", "site", "device", "standing"]
            for name in template.names where !known.contains(name) {
                throw ShapeMismatch(
                    "`{\(name)}` is not known here",
                    hint: "known: " + known.map { "`{\($0)}`" }.joined(separator: ", ")
                )
            }
            guard !text.contains("+"), !text.contains("#") else {
                throw ShapeMismatch("a topic to publish on has no wildcards")
            }
            return template
        }
        if let template = node?.optional("topic", shape) { return template }
        return .verdictDefault
    }

    private static func statusTopic(_ root: SettingsNode, site: String) -> String {
        let node = root.optionalMapping("status")
        let topic = node?.optionalString("topic") ?? "sluice/\(site)/status"
        if topic.contains("+") || topic.contains("#") {
            node?.node("topic")?.problem("a topic to publish on has no wildcards")
        }
        return topic
    }

    /// Reports topics of the gateway's own that an input would bring back to it.
    private static func checkOwnTopics(
        _ root: SettingsNode,
        _ inputs: [Input],
        verdicts: Template,
        status: String
    ) {
        let filters = inputs.flatMap(\.filters)
        let own = [
            ("verdicts", verdicts),
            ("status", (try? Template(status.filter { !"{}".contains($0) })) ?? .verdictDefault),
        ]
        for (key, template) in own {
            guard
                let filter = filters.first(where: {
                    TopicOverlap.of(template, longPlaces: ["device"], $0)
                })
            else { continue }
            let place = root.node(key)?.node("topic") ?? root.node("inputs") ?? root
            place.problem(
                "the gateway would hear its own \(key) on `\(template.source)`: an input "
                    + "subscribes to `\(filter)`",
                hint:
                    "narrow the input, or set `\(key): { topic: … }` to a topic that none matches",
                severity: .warning
            )
        }
    }
}

extension Template {
    /// Where late verdicts are published unless the configuration says otherwise.
    static let verdictDefault: Template = {
        guard let template = try? Template("sluice/verdicts/{policy}") else {
            preconditionFailure("the default topic is a valid template")
        }
        return template
    }()
}
