// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Admin
import ArgumentParser
import FoundationEssentials
import Gateway
import Logging
import Spool
import Telemetry

/// The verb `sluice spool`.
struct SpoolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spool",
        abstract: "Look at what waits on disk, or change it.",
        discussion: """
            Goes through the running gateway, which owns the file; when none runs, `ls`, `stats` and \
            `purge` open it themselves, under its lock.
            """,
        subcommands: [List.self, Stats.self, Drain.self, Purge.self]
    )

    /// Which rows are meant.
    struct Filter: ParsableArguments {
        @Option(help: "Only rows of this kind: pending, escalation, deferral or action.")
        var kind: String?

        @Option(help: "Only rows of this priority: high, normal or low.")
        var priority: String?

        @Option(help: "Only rows of this policy.")
        var policy: String?

        @Option(help: "Only rows about this device.")
        var device: String?

        @Option(
            name: .customLong("older-than"),
            help: ArgumentHelp("Only rows at least this old.", valueName: "seconds")
        )
        var olderThan: Double?

        var query: [(name: String, value: String?)] {
            [
                ("kind", kind), ("priority", priority), ("policy", policy), ("device", device),
                ("older_than", olderThan.map { String($0) }),
            ]
        }

        var isEmpty: Bool { query.allSatisfy { $0.value == nil } }

        func filter() throws -> SpoolFilter {
            do throws(SpoolFilterError) {
                return try SpoolFilter(
                    kind: kind,
                    priority: priority,
                    policy: policy,
                    device: device,
                    olderThanSeconds: olderThan
                )
            } catch {
                throw ValidationError(error.message)
            }
        }
    }

    /// The verb `sluice spool ls`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls",
            abstract: "List rows, or dead letters, one a line."
        )

        @OptionGroup var file: ConfigurationOption
        @OptionGroup var filter: Filter

        @Flag(help: "List dead letters instead of rows.")
        var dead = false

        @Option(help: "How many at most.")
        var limit = 100

        @Option(help: ArgumentHelp("Begin after the row of this number.", valueName: "id"))
        var after: Int64 = 0

        @Flag(help: "Print one JSON object a line.")
        var json = false

        func run() async throws {
            let control = try Control(file)
            let wanted = try filter.filter()
            let path = dead ? "/v1/spool/dead" : "/v1/spool/rows"
            let query =
                filter.query + [("limit", String(limit)), ("after", String(after))]
            let running = try await control.sendIfRunning("GET", path, query: query)
            let answer =
                try running
                ?? Offline(control).read { spool in
                    dead
                        ? try SpoolReport.deadLetters(spool, after: after, limit: limit)
                        : try SpoolReport.rows(spool, filter: wanted, after: after, limit: limit)
                }
            for row in try JSONText.array(answer) {
                print(json ? JSONText.line(row) : JSONText.words(row))
            }
        }
    }

    /// The verb `sluice spool stats`.
    struct Stats: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "stats",
            abstract: "Show the spool in numbers."
        )

        @OptionGroup var file: ConfigurationOption

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let control = try Control(file)
            let running = try await control.sendIfRunning("GET", "/v1/spool/stats")
            let answer = try running ?? Offline(control).read { try SpoolReport.stats($0) }
            print(json ? String(decoding: answer, as: UTF8.self) : try JSONText.table(answer))
        }
    }

    /// The verb `sluice spool drain`.
    struct Drain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "drain",
            abstract: "Have the running gateway empty the spool now, as far as the uplink allows."
        )

        @OptionGroup var file: ConfigurationOption

        @Flag(help: "Wait until nothing is left.")
        var wait = false

        func run() async throws {
            let control = try Control(file)
            var answer = try await control.send("POST", "/v1/spool/drain")
            while wait, try JSONText.number("waiting", in: answer) > 0 {
                try await Task.sleep(for: .milliseconds(500))
                answer = try await control.send("GET", "/v1/spool/stats")
            }
            print("\(Int(try JSONText.number("waiting", in: answer))) rows waiting")
        }
    }

    /// The verb `sluice spool purge`.
    struct Purge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "purge",
            abstract: "Delete rows for good; counted as dropped with the reason `purged`."
        )

        @OptionGroup var file: ConfigurationOption
        @OptionGroup var filter: Filter

        @Flag(help: "Delete every row, where no other option says which.")
        var all = false

        func validate() throws {
            guard all || !filter.isEmpty else {
                throw ValidationError("say which rows, or `--all`; what is purged is gone for good")
            }
        }

        func run() async throws {
            let control = try Control(file)
            let wanted = try filter.filter()
            let running = try await control.sendIfRunning(
                "POST",
                "/v1/spool/purge",
                query: filter.query
            )
            let answer =
                try running
                ?? Offline(control).read { spool in
                    Array("{\"purged\":\(try spool.purge(wanted))}".utf8)
                }
            print("\(Int(try JSONText.number("purged", in: answer))) rows purged")
        }
    }
}

/// The spool of a configuration whose gateway does not run.
private struct Offline {
    private let control: Control

    init(_ control: Control) {
        self.control = control
    }

    /// Opens the file under its lock; what was a clean or unclean end stays so for the next run.
    func read(_ body: (SpoolStore) throws -> [UInt8]) throws -> [UInt8] {
        do {
            let spool = try SpoolStore.open(
                path: control.configuration.spoolPath,
                options: control.configuration.spool,
                time: SystemTime(),
                logger: Logger(label: "sluice") { LineLogHandler(label: $0, level: .error) }
            )
            let answer = try body(spool)
            // Only a run that ended well is marked as such; a look at the file must not forget a crash.
            if !spool.wasUncleanExit { try spool.close() }
            return answer
        } catch let error as SpoolError {
            Console.complain("sluice: \(error)")
            throw Console.unavailable
        }
    }
}
