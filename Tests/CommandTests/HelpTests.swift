// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Logging
import Spool
import Testing
import Vocabulary

@testable import sluice

@Suite struct `The command's help` {
    @Test(arguments: Verb.all)
    func `reads as it did`(verb: Verb) throws {
        let help = Sluice.helpMessage(for: verb.command, columns: 80)
        let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
        // ArgumentParser never breaks the line that shows the usage.
        #expect(lines.allSatisfy { $0.count <= 80 || $0.hasPrefix("USAGE: ") })
        try expectSnapshot(verb.testDescription, help)
    }

    @Test func `has no snapshot of a verb that is gone`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: snapshotFolder)
        let verbs = Verb.all.map { "\($0.testDescription).txt" }
        #expect(files.filter { !$0.hasPrefix("text-") }.sorted() == verbs.sorted())
    }

    @Test func `says every verb in a line`() {
        for verb in Verb.all {
            let abstract = verb.command.configuration.abstract
            #expect(abstract.hasSuffix("."), "\(verb.testDescription)")
        }
    }
}

@Suite struct `The command line` {
    @Test func `takes what the verbs want`() throws {
        let run = try #require(
            try Sluice.parseAsRoot(["run", "-c", "a.yaml", "--log-level", "debug"]) as? RunCommand
        )
        #expect(run.file.path == "a.yaml")
        #expect(run.log.level == .debug)
        let list = try #require(
            try Sluice.parseAsRoot([
                "spool", "ls", "--kind", "action", "--older-than", "60", "--after", "7",
            ]) as? SpoolCommand.List
        )
        #expect(list.filter.kind == "action")
        #expect(list.filter.olderThan == 60)
        #expect(list.after == 7)
        #expect(list.limit == 100)
        #expect(list.file.named == nil)
    }

    @Test func `takes the configuration of this folder, or else the machine's`() {
        let machine = "/etc/sluice/sluice.yaml"
        #expect(ConfigurationOption.usual { _ in true } == "sluice.yaml")
        #expect(ConfigurationOption.usual { $0 == machine } == machine)
        #expect(ConfigurationOption.usual { $0 == "sluice.yaml" } == "sluice.yaml")
        #expect(ConfigurationOption.usual { _ in false } == "sluice.yaml")
    }

    @Test func `has a version`() {
        #expect(!Sluice.configuration.version.isEmpty)
    }

    @Test(arguments: [
        (["run", "--log-level", "loud"], "there is no log level `loud`"),
        (["spool", "purge"], "say which, or `--all`; what is purged is gone for good"),
        (["serve"], "Missing expected argument '--models <folder>'"),
        (["spool", "ls", "--limit", "many"], "The value 'many' is invalid for '--limit <limit>'"),
        (["spool", "ls", "--limit", "10001"], "`--limit` is 0 to 10000"),
        (["spool", "ls", "--limit=-1"], "`--limit` is 0 to 10000"),
        (["spool", "quarantine", "ls", "--limit", "10001"], "`--limit` is 0 to 10000"),
        (["spool", "requeue"], "say which letters, by number or option, or `--all`"),
        (["spool", "requeue", "1", "--all"], "by number, or by option: not by both"),
        (["spool", "requeue", "1", "--code", "refused"], "by number, or by option: not by both"),
        (["rum"], "Unexpected argument 'rum'"),
    ])
    func `refuses what it does not understand`(words: [String], message: String) {
        do {
            _ = try Sluice.parseAsRoot(words)
            Issue.record("it was understood")
        } catch {
            #expect(Sluice.message(for: error).contains(message))
            #expect(Sluice.exitCode(for: error) == ExitCode(64))
        }
    }

    @Test func `purges everything only when told so`() throws {
        #expect(try Sluice.parseAsRoot(["spool", "purge", "--all"]) is SpoolCommand.Purge)
        #expect(
            try Sluice.parseAsRoot(["spool", "purge", "--device", "4"]) is SpoolCommand.Purge
        )
    }

    @Test func `hands the words of a filter on as they are`() throws {
        let purge = try #require(
            try Sluice.parseAsRoot(["spool", "purge", "--policy", "a b&c", "--older-than", "1.5"])
                as? SpoolCommand.Purge
        )
        let query = purge.filter.query.compactMap { pair in
            pair.value.map { "\(pair.name)=\($0)" }
        }
        #expect(query == ["policy=a b&c", "older_than=1.5"])
        let filter = try purge.filter.filter()
        #expect(filter.policy == "a b&c")
        #expect(filter.olderThan == .milliseconds(1_500))
    }
}

/// A verb, with the words that lead to it.
struct Verb: CustomTestStringConvertible, Sendable {
    var words: [String]
    var command: any ParsableCommand.Type

    var testDescription: String { words.joined(separator: "-") }

    /// Every verb there is.
    static var all: [Verb] { below(Verb(words: ["sluice"], command: Sluice.self)) }

    private static func below(_ verb: Verb) -> [Verb] {
        [verb]
            + verb.command.configuration.subcommands.flatMap { command in
                below(
                    Verb(
                        words: verb.words + [command.configuration.commandName ?? "?"],
                        command: command
                    )
                )
            }
    }
}
