// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Gateway
import Glibc
import MQTT
import Settings
import Survey
import Vocabulary

/// Which broker a verb listens to: the one of the configuration, or one that is named.
struct BrokerAddress: ParsableArguments {
    @Option(help: ArgumentHelp("The broker, instead of the configuration's.", valueName: "url"))
    var broker: String?

    @Option(help: ArgumentHelp("The name to log in with.", valueName: "name"))
    var username: String?

    @Option(
        help: ArgumentHelp("The file of the password.", valueName: "file"),
        completion: .file()
    )
    var passwordFile: String?

    @Option(
        help: ArgumentHelp("The authorities trusted, in PEM.", valueName: "file"),
        completion: .file()
    )
    var caFile: String?

    /// The broker as a drafted configuration names it.
    func draft(_ configuration: String) -> SiteDraft.Broker {
        var draft = SiteDraft.Broker(url: broker ?? "mqtt://localhost:1883")
        if broker == nil, let known = GatewayConfiguration.read(path: configuration).0?.broker {
            draft.url = "\(known.usesTLS ? "mqtts" : "mqtt")://\(known.host):\(known.port)"
        }
        draft.username = username
        draft.passwordFile = passwordFile.map(Self.absolute)
        draft.caFile = caFile.map(Self.absolute)
        return draft
    }

    /// How to connect; prints what is wrong and exits with 78.
    func options(_ configuration: String) throws -> MQTTOptions {
        if broker == nil, access(configuration, F_OK) == 0 {
            let (known, diagnostics, _) = GatewayConfiguration.read(path: configuration)
            guard let known else {
                Console.print(CheckFindings(diagnostics: diagnostics, site: nil), verdict: nil)
                throw Console.configurationError
            }
            return try connected(known.broker)
        }
        // Read as a configuration would be, so that one rule says what an address is.
        let draft = draft(configuration)
        var text = "broker: { url: \(Self.quoted(draft.url))"
        if let username { text += ", username: \(Self.quoted(username))" }
        if let file = draft.passwordFile { text += ", password_file: \(Self.quoted(file))" }
        if let file = draft.caFile { text += ", ca_file: \(Self.quoted(file))" }
        text += " }\n"
        let (known, diagnostics) = GatewayConfiguration.Broker.read(text: text)
        guard let known else {
            for diagnostic in diagnostics where diagnostic.severity == .error {
                Console.complain("error: \(diagnostic.message)")
            }
            throw Console.configurationError
        }
        return try connected(known)
    }

    private func connected(_ broker: GatewayConfiguration.Broker) throws -> MQTTOptions {
        do throws(SecretReference.Unreadable) {
            return try broker.options(connection: "discover-\(getpid())")
        } catch {
            Console.complain("error: \(error.message)")
            throw Console.configurationError
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }
}
