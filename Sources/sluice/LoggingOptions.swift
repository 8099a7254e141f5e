// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import Telemetry

/// How much is logged.
struct LoggingOptions: ParsableArguments {
    @Option(
        name: .customLong("log-level"),
        help: """
            The least level that is logged: trace, debug, info, notice, warning, error or critical.
            """,
        transform: { text in
            guard let level = Logger.Level(rawValue: text) else {
                throw ValidationError("there is no log level `\(text)`")
            }
            return level
        }
    )
    var level = Logger.Level.info

    /// Sets up logging for the whole process; once.
    func bootstrap() -> Logger {
        let level = level
        LoggingSystem.bootstrap { LineLogHandler(label: $0, level: level) }
        return Logger(label: "sluice")
    }
}
