// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The verb `sluice models`.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "Look at the versions of models, choose which one speaks, sign them.",
        discussion: """
            What `promote`, `rollback` and a canary's limits choose is written beside the spool and \
            holds over restarts, until `models: use:` in sluice.yaml names other versions, or `reset`. \
            A running gateway swaps at once; without one, the next start does.
            """,
        subcommands: [
            ModelsList.self, ModelsVerify.self, ModelsPromote.self, ModelsRollback.self,
            ModelsReset.self, ModelsFit.self, ModelsSign.self, ModelsKeygen.self,
            ModelsEncrypt.self,
        ]
    )
}
