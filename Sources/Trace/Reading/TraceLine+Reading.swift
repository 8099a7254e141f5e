// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension TraceLine {
    /// Reads one line; nil for a kind that this version does not know.
    ///
    /// Members it does not know are passed over. `kind` must come before what it governs, as writers
    /// put it.
    static func read(_ scanner: inout TraceScanner) throws(TraceScanner.Fault) -> TraceLine? {
        var line: TraceLine?
        var first: String?
        var draft = Draft.unknown
        try scanner.object { (scanner, name) throws(TraceScanner.Fault) in
            if first == nil {
                first = name
                switch name {
                case "trace":
                    draft = .header(HeaderDraft(version: Int(clamping: try scanner.whole())))
                    return
                case "kind":
                    switch try scanner.text() {
                    case "decision": draft = .decision(DecisionDraft())
                    case "verdict": draft = .verdict(VerdictDraft())
                    default: draft = .unknown
                    }
                    return
                default:
                    throw scanner.fault("a line begins with `kind`, a file with `trace`")
                }
            }
            if scanner.peek() == UInt8(ascii: "n") { return try scanner.null() }
            switch draft {
            case .unknown: try scanner.skip()
            case .header(var header):
                try header.read(name, &scanner)
                draft = .header(header)
            case .decision(let decision): try decision.read(name, &scanner)
            case .verdict(var verdict):
                try verdict.read(name, &scanner)
                draft = .verdict(verdict)
            }
        }
        try scanner.finish()
        switch draft {
        case .unknown: line = nil
        case .header(let header): line = .header(try header.finished(scanner))
        case .decision(let decision): line = .decision(try decision.finished(scanner))
        case .verdict(let verdict): line = .verdict(try verdict.finished(scanner))
        }
        return line
    }

    private enum Draft {
        case unknown
        case header(HeaderDraft)
        case decision(DecisionDraft)
        case verdict(VerdictDraft)
    }
}

private struct HeaderDraft {
    var version: Int
    var site = ""
    var started = WallTime(nanoseconds: 0)
    var scope = TraceScope.local
    var program = ""
    var sample = 1.0

    mutating func read(
        _ name: String,
        _ scanner: inout TraceScanner
    ) throws(TraceScanner.Fault) {
        // Of a newer format only the version is sure to mean what it does here.
        guard version <= TraceHeader.currentVersion else { return try scanner.skip() }
        switch name {
        case "site": site = try scanner.text()
        case "started": started = try scanner.time()
        case "scope": scope = try scanner.choice(TraceScope.self)
        case "sluice": program = try scanner.text()
        case "sample": sample = try scanner.number()
        default: try scanner.skip()
        }
    }

    func finished(_ scanner: TraceScanner) throws(TraceScanner.Fault) -> TraceHeader {
        guard version >= 1 else { throw scanner.fault("there is no format \(version)", at: 0) }
        guard sample > 0, sample <= 1 else {
            throw scanner.fault("`sample` is above 0 and at most 1")
        }
        var header = TraceHeader(
            site: site,
            started: started,
            scope: scope,
            program: program,
            sample: sample
        )
        header.version = version
        return header
    }
}

private struct VerdictDraft {
    var verdict = TraceVerdict(id: DecisionID(high: 0, low: 0), label: "")
    var hasID = false
    var hasLabel = false

    mutating func read(
        _ name: String,
        _ scanner: inout TraceScanner
    ) throws(TraceScanner.Fault) {
        switch name {
        case "id":
            verdict.id = try scanner.identity()
            hasID = true
        case "label":
            verdict.label = try scanner.text()
            hasLabel = true
        case "confidence": verdict.confidence = try scanner.number()
        case "probabilities": verdict.probabilities = try scanner.numbers()
        case "endpoint": verdict.endpoint = try scanner.text()
        case "model": verdict.model = try scanner.model()
        case "latency_ms": verdict.latency = try scanner.milliseconds()
        case "source": verdict.source = try scanner.choice(TraceVerdict.Source.self)
        case "late": verdict.isLate = try scanner.flag()
        case "time": verdict.time = try scanner.time()
        default: try scanner.skip()
        }
    }

    func finished(_ scanner: TraceScanner) throws(TraceScanner.Fault) -> TraceVerdict {
        guard hasID else { throw scanner.fault("a verdict has an `id`") }
        guard hasLabel else { throw scanner.fault("a verdict has a `label`") }
        return verdict
    }
}
