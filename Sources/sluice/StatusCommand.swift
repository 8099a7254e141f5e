// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Admin
import ArgumentParser
import FoundationEssentials
import Gateway

/// The verb `sluice status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how the running gateway is doing."
    )

    @OptionGroup var file: ConfigurationOption

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let json = try await Control(file).send("GET", "/v1/status")
        if self.json {
            print(String(decoding: json, as: UTF8.self))
        } else {
            print(StatusText(try GatewayStatus.decoded(json)).text)
        }
    }
}
