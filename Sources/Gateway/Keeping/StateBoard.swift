// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How the keeping of every lane's state goes, for the status.
final class StateBoard: Sendable {
    /// One lane's.
    struct Report: Equatable, Sendable {
        /// How many bytes were taken up at the start; nil where there was nothing.
        var restoredBytes: Int?
        /// How many bytes were written last; nil before the first time.
        var savedBytes: Int?
        /// Why the file of the last run was set aside.
        var setAside: String?
        /// Why the state cannot be written now.
        var failure: String?
        /// How many parts of what was taken up did not read, and began anew.
        var refusedParts = 0
    }

    private let reports = Mutex<[String: Report]>([:])

    /// The lanes that have something to say.
    var all: [String: Report] { reports.withLock { $0 } }

    /// How many parts of all states did not read.
    var refusedParts: Int { all.values.reduce(0) { $0 + $1.refusedParts } }

    /// Changes one lane's report.
    @discardableResult
    func note<Result: Sendable>(
        _ lane: String,
        _ change: @Sendable (inout Report) -> Result
    ) -> Result {
        reports.withLock { change(&$0[lane, default: Report()]) }
    }

    /// What an operator should know.
    var warnings: [String] {
        all.sorted { $0.key < $1.key }.compactMap { lane, report in
            report.failure.map {
                "input `\(lane)`: what windows and detectors learn is not kept: \($0)"
            }
        }
    }
}

extension StateBoard.Report {
    /// What the status says of a lane.
    var text: String {
        let start =
            restoredBytes.map { "taken up from the last run (\($0) bytes)" }
            ?? setAside.map { "begun anew, for the file did not read (\($0)) and was set aside" }
        let kept = savedBytes.map { "\($0) bytes on disk" }
        let refused =
            refusedParts > 0 ? ["\(refusedParts) parts did not read and began anew"] : []
        let words = [start ?? "new"] + refused + [kept ?? "nothing written yet"]
        return words.joined(separator: ", ")
    }
}
