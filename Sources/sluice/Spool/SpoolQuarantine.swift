// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Admin
import ArgumentParser
import Gateway
import Glibc
import Spool

extension SpoolCommand {
    /// The verb `sluice spool quarantine`.
    struct Quarantine: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "quarantine",
            abstract: "Look at damaged rows, put them back, or delete them.",
            discussion: """
                A row whose checksum or seal does not fit is set aside, as it was found. Numbers are \
                those that `ls` prints first.
                """,
            subcommands: [Ls.self, One.self, Release.self, Delete.self]
        )

        /// The verb `sluice spool quarantine ls`.
        struct Ls: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "ls",
                abstract: "List damaged rows, newest first, one a line."
            )

            @OptionGroup var file: ConfigurationOption

            @Option(help: "How many at most, up to 10000; `--before` goes on.")
            var limit = 100

            @Option(help: ArgumentHelp("Only rows older than that number.", valueName: "id"))
            var before: Int64?

            @Flag(help: "Print one JSON object a line.")
            var json = false

            func validate() throws {
                guard SpoolCommand.listLimits.contains(limit) else {
                    throw ValidationError("`--limit` is 0 to 10000; `--before` goes on from there")
                }
            }

            func run() async throws {
                let control = try Control(file)
                let query: [(name: String, value: String?)] = [
                    ("limit", String(limit)), ("before", before.map { String($0) }),
                ]
                let running = try await control.sendIfRunning(
                    "GET",
                    "/v1/spool/quarantine",
                    query: query
                )
                var answer = running
                if answer == nil {
                    answer = try await OfflineSpool(control).read { spool in
                        try SpoolReport.quarantine(spool, before: before ?? .max, limit: limit)
                    }
                }
                for row in try JSONText.array(answer ?? []) {
                    print(json ? JSONText.line(row) : JSONText.words(row))
                }
            }
        }

        /// The verb `sluice spool quarantine show`.
        struct One: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "show",
                abstract: "Show one damaged row and what is left of its content."
            )

            @OptionGroup var file: ConfigurationOption

            @Argument(help: "Its number in the quarantine.")
            var id: Int64

            @Flag(help: "Print JSON.")
            var json = false

            func run() async throws {
                let control = try Control(file)
                let path = "/v1/spool/quarantine/\(id)"
                var answer = try await control.sendIfRunning("GET", path)
                if answer == nil {
                    answer = try await OfflineSpool(control).read { spool in
                        try SpoolReport.quarantined(spool, id)
                    }
                }
                guard let answer else {
                    Console.complain("sluice: there is no row \(id) in quarantine")
                    throw ExitCode.failure
                }
                print(json ? String(decoding: answer, as: UTF8.self) : try JSONText.table(answer))
            }
        }

        /// The verb `sluice spool quarantine release`.
        struct Release: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "release",
                abstract: "Put damaged rows back, as the newest of their streams.",
                discussion: """
                    Each is checked once more. With `--unchecked` one whose checksum does not fit is \
                    sent as it is: look at it first. One whose seal does not fit cannot be opened.
                    """
            )

            @OptionGroup var file: ConfigurationOption

            @Argument(help: "Their numbers in the quarantine.")
            var ids: [Int64]

            @Flag(help: "Also those whose checksum does not fit.")
            var unchecked = false

            @Flag(help: "Print JSON.")
            var json = false

            func run() async throws {
                let control = try Control(file)
                let query = [("ids", list(ids)), ("unchecked", String(unchecked))]
                let path = "/v1/spool/quarantine/release"
                var sent = try await control.sendIfRunning("POST", path, query: query)
                if sent == nil {
                    sent = try await OfflineSpool(control).read { spool in
                        try SpoolReport.release(spool, ids, unchecked: unchecked)
                    }
                }
                let answer = sent ?? []
                let refused = try JSONText.list("refused", in: answer)
                if json {
                    print(String(decoding: answer, as: UTF8.self))
                } else {
                    for refusal in refused {
                        Console.complain("sluice: \(JSONText.words(refusal))")
                    }
                    let released = try JSONText.list("released", in: answer).count
                    print("\(released) rows put back, \(refused.count) refused")
                }
                if !refused.isEmpty { throw ExitCode.failure }
            }
        }

        /// The verb `sluice spool quarantine purge`.
        struct Delete: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "purge",
                abstract: "Delete damaged rows for good."
            )

            @OptionGroup var file: ConfigurationOption

            @Argument(help: "Their numbers in the quarantine.")
            var ids: [Int64]

            func run() async throws {
                let control = try Control(file)
                let path = "/v1/spool/quarantine/purge"
                let count: Int
                if let answer = try await control.sendIfRunning(
                    "POST",
                    path,
                    query: [("ids", list(ids))]
                ) {
                    count = Int(try JSONText.number("purged", in: answer))
                } else {
                    count = try await OfflineSpool(control).read { spool in
                        try spool.purge(quarantined: ids)
                    }
                }
                print("\(count) rows deleted")
            }
        }
    }
}

/// Numbers with commas between them.
private func list(_ ids: [Int64]) -> String {
    ids.map(String.init).joined(separator: ",")
}
