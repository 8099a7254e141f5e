// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
public import Vocabulary

/// Labels that a person gave to recorded decisions: JSON Lines of `{"id": …, "label": …}`.
public enum TraceLabels {
    /// The labels at `path` by the decision's id; the last one of an id counts.
    ///
    /// Other members are passed over; empty lines too. Throws at the first line that cannot be read, or
    /// when the file holds more than `limit` labels, of which each takes about 80 bytes of memory.
    public static func read(
        path: String,
        limit: Int = 20_000_000
    ) throws(Diagnostic) -> [DecisionID: String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw Diagnostic(.error, "cannot be opened: \(reason)", file: path)
        }
        defer { close(descriptor) }
        var source = LineSource(descriptor: descriptor, limit: 1 << 20)
        var labels: [DecisionID: String] = [:]
        // Few labels stand for many decisions: each text is kept once.
        var texts: [String: String] = [:]
        var number = 0
        while let line = try next(&source, path, number + 1) {
            number += 1
            var scanner = TraceScanner(source.buffer, line.range)
            guard scanner.peek() != nil else { continue }
            do throws(TraceScanner.Fault) {
                let (id, label) = try scanner.label()
                guard labels.count < limit else { throw scanner.fault("more than \(limit) labels") }
                let kept = texts[label] ?? label
                texts[label] = kept
                labels[id] = kept
            } catch {
                throw Diagnostic(
                    .error,
                    error.message,
                    hint: #"a line is `{"id": "…", "label": "…"}`"#,
                    file: path,
                    line: number,
                    column: error.offset + 1
                )
            }
        }
        return labels
    }

    private static func next(
        _ source: inout LineSource,
        _ path: String,
        _ number: Int
    ) throws(Diagnostic) -> LineSource.Line? {
        do throws(LineSource.Fault) {
            return try source.next()
        } catch {
            switch error {
            case .tooLong:
                throw Diagnostic(.error, "a line of more than 1 MiB", file: path, line: number)
            case .unreadable(let reason):
                throw Diagnostic(.error, "cannot be read: \(reason)", file: path)
            }
        }
    }
}

extension TraceScanner {
    fileprivate mutating func label() throws(Fault) -> (DecisionID, String) {
        var id: DecisionID?
        var label: String?
        try object { (scanner, name) throws(Fault) in
            switch name {
            case "id": id = try scanner.identity()
            case "label": label = try scanner.text()
            default: try scanner.skip()
            }
        }
        try finish()
        guard let id, let label else { throw fault("`id` or `label` is missing", at: 0) }
        return (id, label)
    }
}
