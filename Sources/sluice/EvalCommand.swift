// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CEL
import Decode
import Vocabulary

/// The verb `sluice eval`.
struct EvalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Evaluate an expression of the policies' language (CEL).",
        discussion: """
            Variables come from a JSON object. Its numbers are doubles, its objects maps; a name may be \
            dotted. Say --type where something else is meant: whole numbers, durations (\"250ms\"), \
            instants (RFC 3339), bytes (base64).

              sluice eval 'confidence >= 0.88' --with '{\"confidence\": 0.93}'
              sluice eval 'cloud.p95 < duration(\"1s\")' \\
                --with '{\"cloud\": {\"p95\": \"84ms\"}}' --type cloud.p95=duration

            The value is printed as CEL writes it. Exits with 1 when there is none, with 64 when the \
            variables cannot be read.

            With --conformance the rows of a JSON Lines file are evaluated instead, and each printed as \
            a line: {\"id\": …, \"value\": {\"t\": …, \"v\": …}} or {\"id\": …, \"error\": …}.
            """
    )

    // Also what begins with a minus: `-1 + 2` is an expression.
    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("The expression.", valueName: "expression")
    )
    var words: [String] = []

    @Option(name: .customLong("with"), help: "The variables, a JSON object.")
    var variables: String = "{}"

    @Option(help: "A variable's type, such as n=int or samples=list(int); may be repeated.")
    var type: [String] = []

    @Flag(help: "Show the value of every sub-expression.")
    var explain = false

    @Option(help: "Evaluate the rows of this JSON Lines file, or of standard input (-).")
    var conformance: String?

    /// What is to be evaluated.
    private var expression: String? { words.first }

    func validate() throws {
        if let unknown = words.first(where: { $0.hasPrefix("--") && !$0.contains(" ") }) {
            throw ValidationError("Unknown option '\(unknown)'")
        }
        guard words.count <= 1 else {
            throw ValidationError("Say one expression, in quotes; found \(words.count) words.")
        }
        guard (expression == nil) != (conformance == nil) else {
            throw ValidationError("Say an expression, or --conformance with a file.")
        }
    }

    func run() async throws {
        if let conformance { return try runRows(conformance) }
        guard let expression else { return }
        let bindings: EvalBindings
        do throws(EvalBindings.Refusal) {
            bindings = try EvalBindings(json: variables, types: type)
        } catch {
            throw ValidationError(error.message)
        }
        let environment = Environment(variables: bindings.declared, zones: .system)
        let compilation = environment.compile(expression, expecting: nil)
        guard let program = compilation.program else {
            for problem in compilation.problems {
                Console.complain(Self.rendered(problem, in: expression))
            }
            throw ExitCode.failure
        }
        let frame = environment.makeFrame()
        bindings.fill(frame)
        if explain { print(program.explain(frame)) }
        do throws(EvaluationError) {
            let value = try program.evaluate(frame)
            if !explain { print(value) }
        } catch {
            Console.complain("error: \(error.explained)")
            throw ExitCode.failure
        }
    }

    private func runRows(_ path: String) throws {
        guard let lines = LineSource(path: path) else {
            Console.complain("\(path): error: the file cannot be read")
            throw ExitCode.failure
        }
        var number = 0
        while let line = lines.next() {
            number += 1
            if case .text(let bytes) = line, bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) {
                continue
            }
            print(ConformanceRow.answer(line, number: number))
        }
    }

    /// A problem as compilers print it, with its line and a caret.
    static func rendered(_ problem: Problem, in source: String) -> String {
        let scalars = Array(source.unicodeScalars)
        let offset = min(problem.offset, scalars.count)
        let start = (scalars[..<offset].lastIndex(of: "\n") ?? -1) + 1
        let end = scalars[offset...].firstIndex(of: "\n") ?? scalars.count
        let text = { (range: Range<Int>) in String(String.UnicodeScalarView(scalars[range])) }
        return Diagnostic(
            .error,
            problem.message,
            hint: problem.hint,
            file: "expression",
            line: scalars[..<offset].count { $0 == "\n" } + 1,
            column: text(start..<offset).count + 1,
            length: max(1, text(offset..<min(offset + problem.length, end)).count)
        )
        .rendered(sourceLine: text(start..<end))
    }
}
