// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import Logging
import Spool
import Telemetry

/// The spool of a configuration whose gateway does not run.
struct OfflineSpool {
    private let control: Control

    init(_ control: Control) {
        self.control = control
    }

    /// Opens the file under its lock; what was a clean or unclean end stays so for the next run.
    func read<Answer>(_ body: (SpoolStore) async throws -> Answer) async throws -> Answer {
        let configuration = try control.configuration
        do {
            let spool = try SpoolStore.open(
                path: configuration.spoolPath,
                options: configuration.spool,
                time: SystemTime(),
                logger: Logger(label: "sluice") { LineLogHandler(label: $0, level: .error) }
            )
            let answer = try await body(spool)
            // Only a run that ended well is marked as such; a look at the file must not forget a crash.
            if !spool.wasUncleanExit { try spool.close() }
            return answer
        } catch let error as SpoolError {
            Console.complain("sluice: \(error)")
            throw Console.unavailable
        }
    }
}
