// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Admin
import ArgumentParser
import Gateway
import Spool

/// The verb `sluice spool`.
struct SpoolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spool",
        abstract: "Look at what waits on disk, or change it.",
        discussion: """
            Goes through the running gateway, which owns the file; when none runs, all verbs but \
            `drain` open it themselves, under its lock. What cannot be decided or delivered is a \
            dead letter: `ls --dead` lists them, `show`, `edit`, `requeue` and `export` deal with \
            them. Rows that wait for a policy, endpoint or sink that is not configured are parked: \
            `ls --parked`. Damaged rows are in `quarantine`.
            """,
        subcommands: [
            List.self, Show.self, Edit.self, Requeue.self, Export.self, Stats.self, Drain.self,
            Purge.self, Quarantine.self, Backup.self, Restore.self,
        ]
    )

    /// How many rows are listed at once, as the gateway allows.
    static let listLimits = 0...10_000

    /// Which rows are meant.
    struct Filter: ParsableArguments {
        @Option(
            help:
                "Only rows of this kind: pending, escalation, deferral, action, audit or delivery."
        )
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

        @OptionGroup var letters: LetterChoice

        @Flag(help: "List dead letters instead of rows.")
        var dead = false

        @Flag(help: "Only rows that wait for another configuration.")
        var parked = false

        @Option(help: "How many at most, up to 10000; `--after` goes on.")
        var limit = 100

        @Option(help: ArgumentHelp("Begin after the row of this number.", valueName: "id"))
        var after: Int64 = 0

        @Flag(help: "Print one JSON object a line.")
        var json = false

        func validate() throws {
            guard SpoolCommand.listLimits.contains(limit) else {
                throw ValidationError("`--limit` is 0 to 10000; `--after` goes on from there")
            }
        }

        func run() async throws {
            let control = try Control(file)
            var wanted = try filter.filter()
            wanted.isParked = parked ? true : nil
            let chosen = try letters.filter(filter)
            let path = dead ? "/v1/spool/dead" : "/v1/spool/rows"
            var query = dead ? letters.query(filter) : filter.query
            if parked { query.append(("parked", "true")) }
            query += [("limit", String(limit)), ("after", String(after))]
            var answer = try await control.sendIfRunning("GET", path, query: query)
            if answer == nil {
                let rows = wanted
                answer = try await OfflineSpool(control).read { spool in
                    dead
                        ? try SpoolReport.letters(
                            spool,
                            filter: chosen,
                            after: after,
                            limit: limit
                        )
                        : try SpoolReport.rows(spool, filter: rows, after: after, limit: limit)
                }
            }
            for row in try JSONText.array(answer ?? []) {
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
            var running = try await control.sendIfRunning("GET", "/v1/spool/stats")
            if running == nil {
                running = try await OfflineSpool(control).read { try SpoolReport.stats($0) }
            }
            let answer = running ?? []
            print(json ? String(decoding: answer, as: UTF8.self) : try JSONText.table(answer))
        }
    }

    /// The verb `sluice spool drain`.
    struct Drain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "drain",
            abstract: "Have the running gateway empty the spool now, as far as the uplink allows.",
            discussion: "Rows that wait for their next try are tried at once."
        )

        @OptionGroup var file: ConfigurationOption

        @Flag(help: "Wait until nothing is left.")
        var wait = false

        func run() async throws {
            let control = try Control(file)
            var answer = try await control.send("POST", "/v1/spool/drain")
            var left = try JSONText.number("waiting", in: answer)
            let bar = ProgressBar(what: "draining", total: left)
            defer { bar.end() }
            var pace = DrainPace()
            while wait, left > 0 {
                bar.show(left: left, note: pace.note(left: left, now: ContinuousClock.now))
                try await Task.sleep(for: .milliseconds(500))
                answer = try await control.send("GET", "/v1/spool/stats")
                left = try JSONText.number("waiting", in: answer)
            }
            bar.end()
            print("\(Int(left)) rows waiting")
        }
    }

    /// The verb `sluice spool purge`.
    struct Purge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "purge",
            abstract: "Delete rows, or dead letters, for good.",
            discussion: "Rows are counted as dropped with the reason `purged`."
        )

        @OptionGroup var file: ConfigurationOption
        @OptionGroup var filter: Filter

        @OptionGroup var letters: LetterChoice

        @Flag(help: "Delete dead letters instead of rows.")
        var dead = false

        @Flag(help: "Only rows that wait for another configuration.")
        var parked = false

        @Flag(help: "Delete every row, where no other option says which.")
        var all = false

        func validate() throws {
            let query = dead ? letters.query(filter) : filter.query
            guard all || parked || query.contains(where: { $0.value != nil }) else {
                throw ValidationError("say which, or `--all`; what is purged is gone for good")
            }
            guard !dead || !parked else {
                throw ValidationError("dead letters are not parked")
            }
        }

        func run() async throws {
            let control = try Control(file)
            var wanted = try filter.filter()
            wanted.isParked = parked ? true : nil
            let chosen = try letters.filter(filter)
            var query = dead ? letters.query(filter) : filter.query
            if parked { query.append(("parked", "true")) }
            let path = dead ? "/v1/spool/dead/purge" : "/v1/spool/purge"
            let count: Int
            if let answer = try await control.sendIfRunning("POST", path, query: query) {
                count = Int(try JSONText.number("purged", in: answer))
            } else {
                let rows = wanted
                count = try await OfflineSpool(control).read { spool in
                    dead ? try spool.purgeDeadLetters(chosen) : try spool.purge(rows)
                }
            }
            print("\(count) \(dead ? "letters" : "rows") purged")
        }
    }
}
