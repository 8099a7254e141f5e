// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// What is found out for one request, counted as it comes.
struct RequestFindings {
    /// One for each reading; nil while there is none.
    private(set) var findings: [Finding?]
    /// What is counted of the version.
    private(set) var seen = VersionTally()
    private(set) var skipped = 0
    private let model: ModelReference
    private let slowAfter: Interval?

    init(_ request: InferenceRequest) {
        findings = [Finding?](repeating: nil, count: request.count)
        model = request.model.reference
        slowAfter = request.model.slowAfter
    }

    /// Notes what the model said of the reading at `row`, of which nothing is noted yet.
    @inline(__always)
    mutating func put(
        _ outcome: consuming Finding.Outcome,
        at row: Int,
        latency: Interval = .zero
    ) {
        switch outcome {
        case .failed: seen.failures += 1
        case .skipped: skipped += 1
        case .classification, .value, .detections: break
        }
        seen.findings += 1
        let time = latency.nanoseconds
        seen.nanoseconds &+= time
        if time > seen.longest { seen.longest = time }
        if let slowAfter, latency > slowAfter { seen.slow += 1 }
        findings[row] = Finding(model: model, outcome: outcome, latency: latency)
    }

    /// What is told of the request.
    var answers: ModelAnswers {
        ModelAnswers(
            model: model,
            readings: findings.count,
            findings: seen.findings,
            failed: seen.failures,
            skipped: skipped
        )
    }
}
