// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL

/// The variables every policy's conditions have; the captures and fields of the policy follow them.
///
/// Slots of a frame are in this order.
enum ConditionVariable: Int, CaseIterable {
    case confidence
    case score
    case label
    case margin
    case probabilities
    case value
    case detections
    case topic
    case device
    case payload
    case modelName
    case modelVersion
    case modelFailed
    case modelSkipped
    case modelLatency
    case cloudUp
    case cloudP50
    case cloudP95
    case cloudInFlight
    case cloudBreaker
    case cloudBudgetLeft
    case cloudMoneyLeft
    case cloudCallsLeft
    case deadlineTotal
    case deadlineLeft
    case queueDepth
    case queueBytes
    case queueFill
    case queueOldest
    case queueHeadRoom
    case threshold
    case thresholdLow
    case thresholdHigh
    case alarm
    case stage
    case boundHolds
    case boundEstimate
    case boundSamples
    case now
    case retained
    case sequence
    case time

    /// How many there are; the first slot of the captures.
    static let count = allCases.count

    /// What conditions call it, and what it is.
    var declaration: (name: String, type: CELType) {
        switch self {
        case .confidence: ("confidence", .double)
        case .score: ("score", .double)
        case .label: ("label", .string)
        case .margin: ("margin", .double)
        case .probabilities: ("probabilities", .list(.double))
        case .value: ("value", .double)
        // Of `label`, `score` and `box` (left, top, right, bottom) each.
        case .detections: ("detections", .list(.map(.string, .dyn)))
        case .topic: ("topic", .string)
        case .device: ("device", .string)
        case .payload: ("payload", .dyn)
        case .modelName: ("model.name", .string)
        case .modelVersion: ("model.version", .string)
        case .modelFailed: ("model.failed", .bool)
        case .modelSkipped: ("model.skipped", .bool)
        case .modelLatency: ("model.latency", .duration)
        case .cloudUp: ("cloud.up", .bool)
        case .cloudP50: ("cloud.p50", .duration)
        case .cloudP95: ("cloud.p95", .duration)
        case .cloudInFlight: ("cloud.in_flight", .int)
        case .cloudBreaker: ("cloud.breaker", .string)
        case .cloudBudgetLeft: ("cloud.budget_left", .double)
        // Without such a budget more than any number.
        case .cloudMoneyLeft: ("cloud.money_left", .double)
        case .cloudCallsLeft: ("cloud.calls_left", .int)
        case .deadlineTotal: ("deadline.total", .duration)
        case .deadlineLeft: ("deadline.left", .duration)
        case .queueDepth: ("queue.depth", .int)
        case .queueBytes: ("queue.bytes", .int)
        case .queueFill: ("queue.fill", .double)
        case .queueOldest: ("queue.oldest", .duration)
        // A year where the spool is not filling up.
        case .queueHeadRoom: ("queue.head_room", .duration)
        case .threshold: ("threshold", .double)
        case .thresholdLow: ("threshold.low", .double)
        case .thresholdHigh: ("threshold.high", .double)
        case .alarm: ("alarm", .double)
        case .stage: ("stage", .int)
        case .boundHolds: ("bound.holds", .bool)
        case .boundEstimate: ("bound.estimate", .double)
        case .boundSamples: ("bound.samples", .int)
        case .now: ("now", .timestamp)
        case .retained: ("retained", .bool)
        case .sequence: ("sequence", .int)
        case .time: ("time", .timestamp)
        }
    }

    var name: String { declaration.name }

    /// True for the variables that only a model's finding can fill.
    var comesFromModel: Bool {
        switch self {
        case .confidence, .score, .label, .margin, .probabilities, .value, .detections,
            .modelName, .modelVersion, .modelFailed, .modelSkipped, .modelLatency, .alarm, .stage:
            true
        default: false
        }
    }

    /// The words a capture or field may not be called: the variables' own, and the language's.
    static let reservedNames: Set<String> = {
        let own = allCases.map { String($0.name.prefix { $0 != "." }) }
        let language = [
            "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for",
            "function", "if", "import", "let", "loop", "package", "namespace", "return", "var",
            "void", "while", "bool", "int", "uint", "double", "string", "bytes", "list", "map",
            "null_type", "type", "dyn",
        ]
        return Set(own + language)
    }()
}
