// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Gateway
import Vocabulary

/// The verb `sluice label`.
struct LabelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label",
        abstract: "Say what a reading was.",
        discussion: """
            What you say is written to the decision log and to the traces under way, as a label that \
            `sluice tune` can learn from. It changes no decision and rings no bell, and it is no part \
            of the running estimate of a bound, because people look at what rang and not at a sample.

            Operators can say the same on the MQTT topic that `labels: { topic }` names.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @Argument(help: "The decision's id, as the decision log and events have it.")
    var decision: String

    @Argument(help: "The label that would have been right.")
    var label: String

    @Option(help: "Who says so.")
    var by: String?

    func validate() throws {
        do throws(OperatorLabel.Malformed) {
            _ = try OperatorLabel(decision: decision, label: label, by: by)
        } catch {
            throw ValidationError(error.message)
        }
    }

    func run() async throws {
        _ = try await Control(file).send(
            "POST",
            "/v1/labels",
            query: [("decision_id", decision), ("label", label), ("by", by)]
        )
        print("\(decision) is labelled `\(label)`")
    }
}
