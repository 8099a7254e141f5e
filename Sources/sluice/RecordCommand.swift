// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Admin
import ArgumentParser
import FoundationEssentials
import Gateway
import Glibc
import Settings
import Trace
import Vocabulary

/// The verb `sluice record`.
struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Record what the running gateway sees and decides.",
        discussion: """
            The trace is what `sluice replay` runs through another policy and `sluice tune` chooses \
            thresholds from. With `--for` the command waits until the time is up; the gateway goes on \
            and ends by itself when the command is interrupted. Without it, it returns at once and \
            `--stop` ends the recording.

            A trace of scope `outbound` holds only the fields that each policy's `privacy: { send }` \
            lets out; devices and topics are keyed hashes.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("How long, such as `10m`.", valueName: "duration")
    )
    var duration: String?

    @Option(
        help: ArgumentHelp("The trace's file; trace.jsonl when left out.", valueName: "file"),
        completion: .file()
    )
    var out: String?

    @Option(help: "What it may hold: local or outbound.")
    var scope = "local"

    @Option(
        name: .customLong("max-size"),
        help: ArgumentHelp("How much of it is kept on disk.", valueName: "size")
    )
    var maximumSize = "64MiB"

    @Option(help: ArgumentHelp("The share of the decisions that is recorded.", valueName: "share"))
    var sample = "100%"

    @Flag(help: "Stop the recording to `--out`, or all of them.")
    var stop = false

    @Flag(help: "Show what is being recorded.")
    var status = false

    func validate() throws {
        if stop && status { throw ValidationError("`--stop` and `--status` exclude each other") }
        _ = try query()
    }

    func run() async throws {
        let control = try Control(file)
        if status || stop {
            let answer = try await control.send(
                status ? "GET" : "POST",
                status ? "/v1/record" : "/v1/record/stop",
                query: status ? [] : [("path", out.map(Self.absolute))]
            )
            let recordings = try Self.decoded(answer)
            if recordings.isEmpty { print("nothing is being recorded") }
            for recording in recordings { print(Self.line(recording)) }
            return
        }
        let answer = try await control.send("POST", "/v1/record/start", query: query())
        guard let started = try Self.decoded(answer).first else { throw Console.unavailable }
        guard duration != nil else {
            print("recording to \(started.path); `sluice record --stop` ends it")
            return
        }
        try await wait(for: started, control)
    }

    /// Shows how it is going until its time is up.
    private func wait(for started: RecordingStatus, _ control: Control) async throws {
        let isTerminal = isatty(STDERR_FILENO) == 1
        while true {
            let answer = try await control.send("GET", "/v1/record")
            guard let now = try Self.decoded(answer).first(where: { $0.path == started.path })
            else {
                Console.complain("sluice: the recording is gone; was the gateway started anew?")
                throw Console.unavailable
            }
            if isTerminal { Self.show(now.hasEnded ? "" : Self.line(now)) }
            if now.hasEnded {
                print(Self.line(now))
                if now.failure != nil { throw ExitCode.failure }
                return
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    private func query() throws -> [(name: String, value: String?)] {
        var seconds: String?
        if let duration {
            guard let interval = Quantity.interval(duration), interval > .zero else {
                throw ValidationError("`--for` wants a duration with a unit, such as `10m`")
            }
            seconds = String(interval.seconds)
        }
        guard let bytes = Quantity.bytes(maximumSize), RecordingRequest.sizes.contains(bytes)
        else { throw ValidationError("`--max-size` wants a size from 64KiB, such as `64MiB`") }
        guard let share = Quantity.fraction(sample), share > 0, share <= 1 else {
            throw ValidationError("`--sample` wants a share above 0, such as `10%`")
        }
        guard TraceScope(rawValue: scope) != nil else {
            throw ValidationError("`--scope` is `local` or `outbound`")
        }
        return [
            ("path", Self.absolute(out ?? "trace.jsonl")),
            ("scope", scope),
            ("max_size", String(bytes)),
            ("sample", String(share)),
            ("seconds", seconds),
        ]
    }

    /// The path as the gateway must be told it, which runs in a folder of its own.
    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    }

    private static func decoded(_ json: [UInt8]) throws -> [RecordingStatus] {
        try JSONDecoder().decode([RecordingStatus].self, from: Data(json))
    }

    private static func line(_ status: RecordingStatus) -> String {
        var line = "\(status.path): \(status.lines) lines, \(Quantity.text(bytes: status.bytes))"
        if status.scope != TraceScope.local.rawValue { line += ", scope \(status.scope)" }
        if status.leftOut > 0 { line += ", \(status.leftOut) left out" }
        if let failure = status.failure { line += "; cannot be written: \(failure)" }
        if status.hasEnded { return line + ", ended" }
        guard let left = status.secondsLeft else { return line }
        return line + ", \(Int(left.rounded(.up)))s to go"
    }

    /// Writes over the present line of the terminal.
    private static func show(_ text: String) {
        var line = "\r\u{1B}[K" + text
        _ = line.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
