// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// The option that names the configuration file; the same for every verb that has it.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: [.customLong("config"), .customShort("c")],
        help: ArgumentHelp(
            "The configuration file; otherwise sluice.yaml here, or else /etc/sluice/sluice.yaml.",
            valueName: "file"
        ),
        completion: .file()
    )
    var named: String?

    /// The file that is meant, whether it is there or not.
    var path: String {
        named ?? Self.usual { access($0, F_OK) == 0 }
    }

    /// The file that is meant where none is named: that of this folder goes before the machine's own.
    static func usual(_ isThere: (String) -> Bool) -> String {
        let machine = "/etc/sluice/sluice.yaml"
        return !isThere("sluice.yaml") && isThere(machine) ? machine : "sluice.yaml"
    }
}
