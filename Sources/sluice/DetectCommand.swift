// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Detect
import Glibc

/// The verb `sluice detect`.
struct DetectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detect",
        abstract: "Add a column of anomaly scores to a table of readings.",
        discussion: """
            Reads comma-separated values whose first line names the columns, and prints every row as it \
            came with one column more, `anomaly_score`: 0…1, where 1 - score is how likely, per reading, \
            one at least as unusual is in usual times. The detector learns as it reads and never looks \
            ahead; nothing else is needed: no model, no configuration, no gateway.

              sluice detect --csv readings.csv > scored.csv
              tail -f log.csv | sluice detect --csv - --column temperature

            Times are taken from the column `timestamp` (2014-04-10 07:15:00, RFC 3339, or a number since \
            1970), the number from `value`, or else from the first other column. A row that cannot be \
            read comes out without a score and is reported on standard error; the exit status is 1 then. \
            An empty value is a reading without a number: its score is 0.
            """
    )

    @Option(help: "The table, or - for standard input.")
    var csv: String

    @Option(help: "Which detector: \(Self.names).", transform: Self.detector)
    var detector: DetectorSettings.Name = .ensemble

    @Option(help: "The column of the numbers; may be repeated.")
    var column: [String] = []

    @Option(help: "The column of the times.")
    var timeColumn: String?

    private static var names: String {
        DetectorSettings.Name.allCases.map(\.rawValue).joined(separator: ", ")
    }

    private static func detector(_ name: String) throws -> DetectorSettings.Name {
        guard let name = DetectorSettings.Name(rawValue: name) else {
            throw ValidationError("there is no detector `\(name)`; there are \(names)")
        }
        return name
    }

    /// How many bad rows are told one by one.
    private static let mostTold = 20

    func run() throws {
        let name = csv == "-" ? "standard input" : csv
        let descriptor = csv == "-" ? STDIN_FILENO : open(csv, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            Console.complain("\(csv): \(String(cString: strerror(errno)))")
            throw ExitCode.failure
        }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var told = 0
        var scoring = CSVScoring(
            DetectorSettings(detector),
            columns: .init(values: column, time: timeColumn)
        ) { fault in
            told += 1
            if told <= Self.mostTold { Console.complain("\(name):\(fault.line): \(fault.message)") }
        }
        do throws(CSVScoring.Fault) {
            try Self.pump(descriptor, name, &scoring)
        } catch {
            Console.complain("\(name):\(error.line): \(error.message)")
            throw ExitCode.failure
        }
        guard scoring.badRows > 0 else { return }
        let (bad, all) = (scoring.badRows, scoring.rows)
        Console.complain("\(bad) of \(all) rows could not be read and have no score")
        throw ExitCode.failure
    }

    /// Reads until the end; what comes in together goes out together.
    private static func pump(
        _ descriptor: Int32,
        _ name: String,
        _ scoring: inout CSVScoring
    ) throws(CSVScoring.Fault) {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var output: [UInt8] = []
        while true {
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                let reason = String(cString: strerror(errno))
                throw CSVScoring.Fault(line: 0, message: "it cannot be read: \(reason)")
            }
            // What was made before a fault belongs to the reader all the same.
            defer { output.removeAll(keepingCapacity: true) }
            do throws(CSVScoring.Fault) {
                if count == 0 {
                    try scoring.finish(into: &output)
                } else {
                    try scoring.feed(chunk[..<count], into: &output)
                }
            } catch {
                _ = try write(output)
                throw error
            }
            guard try write(output), count > 0 else { return }
        }
    }

    /// Writes all of it; false when nobody reads any more, an error when it cannot be kept.
    private static func write(_ bytes: [UInt8]) throws(CSVScoring.Fault) -> Bool {
        let failure = bytes.withUnsafeBytes { bytes -> Int32? in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                let count = Glibc.write(STDOUT_FILENO, part.baseAddress, part.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return errno }
                rest = rest.dropFirst(count)
            }
            return nil
        }
        guard let failure else { return true }
        guard failure != EPIPE else { return false }
        let reason = String(cString: strerror(failure))
        throw CSVScoring.Fault(line: 0, message: "the scores cannot be written: \(reason)")
    }
}
