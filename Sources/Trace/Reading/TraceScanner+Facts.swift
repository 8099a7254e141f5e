// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The objects inside a decision line.
extension TraceScanner {
    mutating func fields() throws(Fault) -> [TraceField] {
        var fields: [TraceField] = []
        try object { (scanner, name) throws(Fault) in
            switch scanner.peek() {
            case UInt8(ascii: "["):
                fields.append(.init(name: name, value: .samples(try scanner.numbers())))
            case UInt8(ascii: "\""):
                fields.append(.init(name: name, value: .text(try scanner.text())))
            case UInt8(ascii: "t"), UInt8(ascii: "f"):
                fields.append(.init(name: name, value: .flag(try scanner.flag())))
            case UInt8(ascii: "n"):
                try scanner.null()
                fields.append(.init(name: name, value: .absent))
            default: fields.append(.init(name: name, value: .number(try scanner.number())))
            }
        }
        return fields
    }

    mutating func finding() throws(Fault) -> TraceFinding {
        var model: ModelReference?
        var digest: String?
        var found = Finding.Classification(label: "", score: 0, confidence: nil)
        var labels: [String] = []
        var outcome: Finding.Outcome?
        var latency = Interval.zero
        var stage = 1
        try object { (scanner, name) throws(Fault) in
            if scanner.peek() == UInt8(ascii: "n") { return try scanner.null() }
            switch name {
            case "model": model = try scanner.model()
            case "digest": digest = try scanner.text()
            case "label":
                found.label = try scanner.text()
                outcome = outcome ?? .classification(found)
            case "score": found.score = try scanner.number()
            case "confidence": found.confidence = try scanner.number()
            case "margin": found.margin = try scanner.number()
            case "probabilities": found.probabilities = Probabilities(try scanner.numbers())
            case "labels": labels = try scanner.texts()
            case "value": outcome = .value(try scanner.number())
            case "detections": outcome = .detections(try scanner.detections())
            case "failed": outcome = .failed(reason: try scanner.text())
            case "skipped": outcome = .skipped(reason: try scanner.text())
            case "latency_ms": latency = try scanner.milliseconds()
            case "stage": stage = try scanner.count()
            default: try scanner.skip()
            }
        }
        guard let model else { throw fault("a finding has a `model`") }
        guard var outcome else {
            throw fault("a finding has a `label`, a `value`, `detections`, `failed` or `skipped`")
        }
        if case .classification = outcome { outcome = .classification(found) }
        return TraceFinding(
            finding: Finding(model: model, outcome: outcome, latency: latency, stage: stage),
            digest: digest,
            labels: labels
        )
    }

    private mutating func detections() throws(Fault) -> [Finding.Detection] {
        var detections: [Finding.Detection] = []
        try array { (scanner) throws(Fault) in
            var detection = Finding.Detection(label: "", score: 0, box: [])
            try scanner.object { (scanner, name) throws(Fault) in
                switch name {
                case "label": detection.label = try scanner.text()
                case "score": detection.score = try scanner.number()
                case "box": detection.box = try scanner.numbers()
                default: try scanner.skip()
                }
            }
            detections.append(detection)
        }
        return detections
    }

    mutating func cloud() throws(Fault) -> CloudFacts {
        var facts = CloudFacts.absent
        try object { (scanner, name) throws(Fault) in
            switch name {
            case "up": facts.isUp = try scanner.flag()
            case "p50_ms": facts.p50 = try scanner.milliseconds()
            case "p95_ms": facts.p95 = try scanner.milliseconds()
            case "samples": facts.samples = try scanner.count()
            case "in_flight": facts.inFlight = try scanner.count()
            case "breaker": facts.breaker = try scanner.choice(CloudFacts.Breaker.self)
            case "budget_left": facts.budgetLeft = try scanner.number()
            case "money_left": facts.moneyLeft = try scanner.number()
            case "calls_left": facts.callsLeft = Int64(try scanner.count())
            default: try scanner.skip()
            }
        }
        return facts
    }

    mutating func deadline() throws(Fault) -> TraceDecision.Deadline {
        var deadline = TraceDecision.Deadline(total: .zero, left: .zero)
        try object { (scanner, name) throws(Fault) in
            switch name {
            case "total_ms": deadline.total = try scanner.milliseconds()
            case "left_ms": deadline.left = try scanner.milliseconds()
            default: try scanner.skip()
            }
        }
        return deadline
    }

    mutating func queue() throws(Fault) -> QueueFacts {
        var facts = QueueFacts(depth: 0, bytes: 0, fill: 0, oldest: .zero)
        try object { (scanner, name) throws(Fault) in
            switch name {
            case "depth": facts.depth = try scanner.count()
            case "bytes": facts.bytes = try scanner.count()
            case "fill": facts.fill = try scanner.number()
            case "oldest_ms": facts.oldest = try scanner.milliseconds()
            case "head_room_ms": facts.headRoom = try scanner.milliseconds()
            default: try scanner.skip()
            }
        }
        return facts
    }

    mutating func bound() throws(Fault) -> BoundFacts {
        var bound = BoundFacts.unknown
        try object { (scanner, name) throws(Fault) in
            switch name {
            case "estimate": bound.estimate = try scanner.number()
            case "lower": bound.lower = try scanner.number()
            case "upper": bound.upper = try scanner.number()
            case "samples": bound.samples = try scanner.count()
            case "broken": bound.isBroken = try scanner.flag()
            default: try scanner.skip()
            }
        }
        return bound
    }
}
