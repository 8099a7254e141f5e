// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Settings
import Testing
import Vocabulary

/// The line of `soundPolicy` that sets its threshold.
let tunedThreshold = "threshold: { value: 0.88, bound: 2%, certainty: 95% }"

/// A policy with nothing wrong: what tests change one line of.
let soundPolicy = """
    policy: bearing-wear
    match: { topic: plant/+line/machines/+machine/vibration }
    reading:
      device: "{line}/{machine}"
      time: ts
      fields:
        vib: { path: vib.samples, type: samples }
        temp: { path: temp, type: number, required: false }
        serial: { path: serial, type: text, required: false }
        other: other
    model: wear
    threshold: { value: 0.88, bound: 2%, certainty: 95% }
    escalate: [central]
    deadline: 250ms
    rules:
      - name: sure
        when: confidence >= threshold
        route: act
      - name: ask
        when: cloud.up && cloud.p95 < deadline.left
        route: escalate
        fallback: act_provisionally
    otherwise: { route: act, provisional: true, priority: high }
    actions:
      - name: bell
        when: label == "fault"
        publish: { topic: "alerts/{line}/{machine}", qos: 1 }
        hold: { of: 5, at_least: 3, quiet: 60s }
    privacy: { send: [vib, temp] }
    """

let plant = Surroundings(
    models: [
        "wear": ModelShape(
            labels: ["healthy", "worn", "fault"],
            kind: .classifier,
            digest: "5c0e12ab34cd"
        ),
        "pulse": ModelShape(labels: ["normal", "unusual"], kind: .detector),
    ],
    endpoints: ["central"],
    cloudModels: ["central": ["bearing-wear": "wear-large/2"]],
    inputs: ["plant/+/machines/+/vibration"]
)

/// Reads policies given as text; each is a file `p<index>/policy.yaml`.
func read(_ texts: String..., in surroundings: Surroundings = plant) -> (PolicySet?, [Diagnostic]) {
    let files = texts.enumerated().map { (path: "p\($0)/policy.yaml", bytes: Array($1.utf8)) }
    return PolicySet.read(files, surroundings: surroundings)
}

/// The sound policy with `old` replaced by `new`.
func changed(_ old: String, to new: String) throws -> String {
    let parts = soundPolicy.split(separator: old, omittingEmptySubsequences: false)
    try #require(parts.count == 2, "`\(old)` is there once")
    return parts.joined(separator: new)
}

/// The findings, as `line:column+length severity: text`.
func findings(_ diagnostics: [Diagnostic]) -> [String] {
    diagnostics.map { diagnostic in
        var text = "\(diagnostic.line):\(diagnostic.column)"
        if diagnostic.length > 1 { text += "+\(diagnostic.length)" }
        text += " \(diagnostic.severity.rawValue): \(diagnostic.message)"
        return text + (diagnostic.hint.map { "; \($0)" } ?? "")
    }
}

/// The findings of the sound policy with `old` replaced by `new`.
func findings(changing old: String, to new: String) throws -> [String] {
    findings(read(try changed(old, to: new)).1)
}

/// Expects exactly these findings, and shows those there are.
func expect(
    _ found: [String],
    _ wanted: [String],
    location: SourceLocation = #_sourceLocation
) {
    #expect(found == wanted, sourceLocation: location)
}
