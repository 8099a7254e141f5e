// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The verb `sluice pause`.
struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Have a running gateway stop taking messages.",
        discussion: """
            All inputs settle what they have received and leave the broker, which keeps what is published \
            at QoS 1 for as long as its limits allow. Questions under way, rows and actions go on. The \
            pause holds until `sluice resume`, over restarts too; the state is `paused` meanwhile.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @Option(help: "Why, for the status and the log.")
    var why: String?

    func run() async throws {
        _ = try await Control(file).send("POST", "/v1/pause", query: [("why", why)])
        print("the inputs are paused; `sluice resume` has them go on")
    }
}

/// The verb `sluice resume`.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Have a paused gateway take messages again."
    )

    @OptionGroup var file: ConfigurationOption

    func run() async throws {
        _ = try await Control(file).send("POST", "/v1/resume")
        print("the inputs go on")
    }
}
