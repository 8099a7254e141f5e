// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Admin
import ArgumentParser
import FoundationEssentials
import Gateway
import Glibc
import Spool

extension SpoolCommand {
    /// Which dead letters are meant.
    struct LetterChoice: ParsableArguments {
        @Option(help: "Only letters with this code.")
        var code: String?

        @Option(help: "Only messages that came by this input.")
        var input: String?

        func query(_ filter: Filter) -> [(name: String, value: String?)] {
            filter.query.filter { $0.name != "priority" } + [("code", code), ("input", input)]
        }

        func filter(_ filter: Filter) throws -> LetterFilter {
            do throws(SpoolFilterError) {
                return try LetterFilter(
                    code: code,
                    kind: filter.kind,
                    policy: filter.policy,
                    device: filter.device,
                    input: input,
                    olderThanSeconds: filter.olderThan
                )
            } catch {
                throw ValidationError(error.message)
            }
        }
    }

    /// The verb `sluice spool show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show one dead letter, or one row, whole."
        )

        @OptionGroup var file: ConfigurationOption

        @Argument(help: "The letter's number.")
        var id: Int64

        @Flag(help: "Show the row of this number instead.")
        var row = false

        @Flag(help: "Print JSON.")
        var json = false

        @Flag(help: "Print nothing but the payload, as it is.")
        var payload = false

        func run() async throws {
            let control = try Control(file)
            let path = row ? "/v1/spool/rows/\(id)" : "/v1/spool/dead/\(id)"
            let running = try await control.sendIfRunning("GET", path)
            var answer = running
            if answer == nil {
                answer = try await OfflineSpool(control).read { spool in
                    row ? try SpoolReport.row(spool, id) : try SpoolReport.letter(spool, id)
                }
            }
            guard let answer else {
                Console.complain("sluice: there is no \(row ? "row" : "dead letter") \(id)")
                throw ExitCode.failure
            }
            if payload {
                var bytes = try JSONText.payload(of: answer)
                bytes.withUnsafeMutableBytes {
                    _ = Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count)
                }
            } else {
                print(json ? String(decoding: answer, as: UTF8.self) : try JSONText.table(answer))
            }
        }
    }

    /// The verb `sluice spool edit`.
    struct Edit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "edit",
            abstract: "Give a dead letter another payload.",
            discussion: """
                The payload of a message is what its device sent; that of a row is the row's \
                content, as `show --payload` prints it. The letter gets a new number, which is \
                printed.
                """
        )

        @OptionGroup var file: ConfigurationOption

        @Argument(help: "The letter's number.")
        var id: Int64

        @Option(
            name: .customLong("from"),
            help: ArgumentHelp(
                "The file of the new payload; `-` for standard input.",
                valueName: "file"
            ),
            completion: .file()
        )
        var source: String

        func run() async throws {
            let control = try Control(file)
            let payload: [UInt8]
            do {
                payload = Array(
                    try Data(
                        contentsOf: URL(filePath: source == "-" ? "/dev/stdin" : source)
                    )
                )
            } catch {
                Console.complain("sluice: `\(source)` cannot be read")
                throw ExitCode.failure
            }
            let path = "/v1/spool/dead/\(id)/edit"
            let running = try await control.sendIfRunning("POST", path, body: payload)
            let new: Int
            if let running {
                new = Int(try JSONText.number("id", in: running))
            } else {
                new = try await OfflineSpool(control).read { spool in
                    do throws(LetterDesk.Refusal) {
                        return Int(try LetterDesk(spool: spool).edit(id, payload: payload))
                    } catch {
                        Console.complain("sluice: \(error)")
                        throw ExitCode.failure
                    }
                }
            }
            print("letter \(id) is now letter \(new)")
        }
    }

    /// The verb `sluice spool requeue`.
    struct Requeue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "requeue",
            abstract: "Send dead letters again.",
            discussion: """
                A letter that was a row becomes that row again, under its key. A message that could \
                not be read goes through the path again, from decoding, under the identity that it \
                would have had; mend the policy first.
                """
        )

        @OptionGroup var file: ConfigurationOption
        @OptionGroup var filter: Filter
        @OptionGroup var letters: LetterChoice

        @Argument(help: "The letters' numbers.")
        var ids: [Int64] = []

        @Flag(help: "Every letter, where no other option says which.")
        var all = false

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            let isFiltered = letters.query(filter).contains { $0.value != nil }
            guard !ids.isEmpty || all || isFiltered else {
                throw ValidationError("say which letters, by number or option, or `--all`")
            }
            guard ids.isEmpty || !(all || isFiltered) else {
                throw ValidationError("say which letters by number, or by option: not by both")
            }
        }

        func run() async throws {
            let control = try Control(file)
            let wanted = try letters.filter(filter)
            var requeued = 0
            var refused: [JSONText.Value] = []
            // All are named before the first is sent: one that fails again comes back as a new letter.
            var chosen = ids
            while ids.isEmpty {
                let more = try await list(control, wanted, after: chosen.last ?? 0)
                if more.isEmpty { break }
                chosen += more
            }
            for start in stride(from: 0, to: chosen.count, by: Self.atOnce) {
                let some = Array(chosen[start..<min(start + Self.atOnce, chosen.count)])
                let answer = try await send(control, some)
                requeued += Int(try JSONText.number("requeued", in: answer))
                refused += try JSONText.list("refused", in: answer)
            }
            if json {
                let answer = JSONText.Value.object([
                    "requeued": .whole(Int64(requeued)), "refused": .list(refused),
                ])
                print(JSONText.line(answer))
            } else {
                for refusal in refused { Console.complain("sluice: \(JSONText.words(refusal))") }
                print("\(requeued) letters sent again, \(refused.count) refused")
            }
            if !refused.isEmpty { throw ExitCode.failure }
        }

        private static let atOnce = 200

        private func list(
            _ control: Control,
            _ wanted: LetterFilter,
            after: Int64
        ) async throws -> [Int64] {
            let query = letters.query(filter) + [("after", String(after)), ("limit", "500")]
            let running = try await control.sendIfRunning("GET", "/v1/spool/dead", query: query)
            var answer = running
            if answer == nil {
                answer = try await OfflineSpool(control).read { spool in
                    try SpoolReport.letters(spool, filter: wanted, after: after, limit: 500)
                }
            }
            return try JSONText.array(answer ?? []).compactMap { value in
                guard case .object(let members) = value, case .whole(let id) = members["id"] else {
                    return nil
                }
                return id
            }
        }

        private func send(_ control: Control, _ ids: [Int64]) async throws -> [UInt8] {
            let text = ids.map(String.init).joined(separator: ",")
            let path = "/v1/spool/requeue"
            if let answer = try await control.sendIfRunning("POST", path, query: [("ids", text)]) {
                return answer
            }
            return try await OfflineSpool(control).read { SpoolReport.requeue($0, ids) }
        }
    }

    /// The verb `sluice spool export`.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Print dead letters whole, one JSON object a line."
        )

        @OptionGroup var file: ConfigurationOption
        @OptionGroup var filter: Filter
        @OptionGroup var letters: LetterChoice

        func run() async throws {
            let control = try Control(file)
            let wanted = try letters.filter(filter)
            var after: Int64 = 0
            // Beside letters on the same terminal a bar would be noise.
            let isShown = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0
            let bar = ProgressBar(
                what: "exporting",
                total: isShown ? try await count(control) : 0,
                isShown: isShown
            )
            defer { bar.end() }
            var count = 0
            while true {
                let query =
                    letters.query(filter) + [("after", String(after)), ("whole", "true")]
                let running = try await control.sendIfRunning(
                    "GET",
                    "/v1/spool/dead",
                    query: query + [("limit", String(SpoolReport.wholeLettersLimit))]
                )
                var answer = running
                if answer == nil {
                    answer = try await OfflineSpool(control).read { spool in
                        try SpoolReport.letters(
                            spool,
                            filter: wanted,
                            after: after,
                            limit: SpoolReport.wholeLettersLimit,
                            whole: true
                        )
                    }
                }
                let rows = try JSONText.array(answer ?? [])
                guard case .object(let members) = rows.last, case .whole(let id) = members["id"]
                else { return }
                for row in rows { print(JSONText.line(row)) }
                count += rows.count
                bar.show(Double(count), note: "\(count) letters")
                after = id
            }
        }

        /// How many letters there are; 0 where only some are wanted, which nobody has counted.
        private func count(_ control: Control) async throws -> Double {
            guard letters.query(filter).allSatisfy({ $0.value == nil }) else { return 0 }
            var answer = try await control.sendIfRunning("GET", "/v1/spool/stats")
            if answer == nil {
                answer = try await OfflineSpool(control).read { try SpoolReport.stats($0) }
            }
            return try JSONText.number("dead_letters", in: answer ?? [])
        }
    }
}
