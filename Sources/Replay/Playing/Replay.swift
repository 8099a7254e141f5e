// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import Trace
public import Vocabulary

/// Runs recorded traffic through other policies, and counts what comes of it.
///
/// Reads the trace twice: once for the verdicts, which come after their decisions, and once for the
/// decisions, a batch at a time. Memory: about 64 bytes a verdict, 80 a label, and a few megabytes,
/// whatever the length of the trace. The same input gives the same report.
public enum Replay {
    /// Replays `request`; blocks until all is read.
    ///
    /// Throws what is wrong with the trace, or why it cannot answer the question. `progress` is told now and
    /// then how many decisions were replayed.
    public static func run(
        _ request: ReplayRequest,
        progress: (Int) -> Void = { _ in }
    ) throws(Diagnostic) -> ReplayReport {
        let verdicts = try verdicts(request.traces)
        var run = try ReplayRun(request, verdicts)
        let reader = try TraceReader(paths: request.traces)
        var batch: [String: [TraceDecision]] = [:]
        var waiting = 0
        var played = 0
        while let line = try reader.next() {
            switch line {
            case .header(let header):
                // A batch is of one scope.
                try run.play(&batch)
                waiting = 0
                try run.adopt(header, file: reader.file)
            case .verdict: break
            case .decision(let decision):
                guard run.admits(decision) else { continue }
                batch[decision.policy, default: []].append(decision)
                waiting += 1
                guard waiting >= request.batchSize else { continue }
                try run.play(&batch)
                played += waiting
                progress(played)
                waiting = 0
            }
        }
        try run.play(&batch)
        return try run.report(reader.tally)
    }

    private static func verdicts(_ traces: [String]) throws(Diagnostic) -> VerdictIndex {
        let reader = try TraceReader(paths: traces, skipsDecisions: true)
        var verdicts = VerdictIndex()
        while let line = try reader.next() {
            if case .verdict(let verdict) = line { verdicts.add(verdict) }
        }
        return verdicts
    }
}
