// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Tune
import Vocabulary

/// Rows that are decided with a threshold they did not help to choose.
struct TuneDecisions {
    private let rows: [SampleRows.Row]
    private let path: String

    /// Reads them; prints what is wrong and exits with 65 when something is.
    init(path: String) throws {
        self.path = path
        let bytes: [UInt8]
        do throws(TuneOutput.Failure) {
            bytes = try TuneOutput.read(path)
        } catch {
            Console.complain(error.message)
            throw TuneCommand.badRows
        }
        do throws(SampleRefusal) {
            rows = try SampleRows(parsing: bytes, file: path).rows
        } catch .badRows(let problems) {
            for problem in problems { Console.complain(problem.rendered()) }
            throw TuneCommand.badRows
        }
    }

    /// Refuses rows of another number of labels than those tuned on.
    func check(width: Int?) throws {
        guard let width, let row = rows.first(where: { $0.edge.count != width }) else { return }
        let problem = Diagnostic(
            .error,
            "`p_edge` has \(row.edge.count) values; the rows tuned on have \(width)",
            file: path,
            line: row.line
        )
        Console.complain(problem.rendered())
        throw TuneCommand.badRows
    }

    /// One line a row, `{"id", "score", "escalate"}`.
    func lines(by result: TuneResult) -> String {
        lines { row in
            let score = result.score(of: row.edge)
            return (score, result.escalates(score))
        }
    }

    /// The same where there is no threshold: nothing counts as sure.
    func linesEscalatingAll() -> String {
        lines { (Calibration().confidence(of: $0.edge), true) }
    }

    private func lines(_ decide: (SampleRows.Row) -> (score: Double, escalate: Bool)) -> String {
        var text = ""
        for row in rows {
            let decided = decide(row)
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("id")
            if row.isNumbered { writer.raw(row.id.utf8) } else { writer.value(row.id) }
            writer.member("score", decided.score)
            writer.member("escalate", decided.escalate)
            writer.endObject()
            text += String(decoding: writer.bytes, as: UTF8.self) + "\n"
        }
        return text
    }
}
