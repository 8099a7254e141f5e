// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
public import Vocabulary

/// Reads traces line by line, in bounded memory.
///
/// A path stands for its whole rotation: `<path>.3`, `<path>.2`, `<path>.1` and then `<path>`, those of
/// them that are there. `-` is standard input. A last line that was cut off is tolerated and counted,
/// once a file; any other line that cannot be read is thrown with its file and line. Kinds of line and
/// members that this version does not know are passed over and counted. Belongs to one thread.
public final class TraceReader {
    /// What has been read so far.
    public struct Tally: Equatable, Sendable {
        /// Files that were begun.
        public var files = 0
        /// Lines with a decision.
        public var decisions = 0
        /// Lines with a verdict.
        public var verdicts = 0
        /// Lines of a kind that this version does not know.
        public var unknown = 0
        /// Last lines that were cut off.
        public var truncated = 0

        /// Makes an empty tally.
        public init() {}
    }

    /// How many rotated files of one path are looked for.
    public static let rotationLimit = 999

    /// What has been read so far.
    public private(set) var tally = Tally()
    /// The header of the file that is being read.
    public private(set) var header: TraceHeader?
    /// The file that is being read.
    public private(set) var file = ""
    /// The number of the line that was read last, from 1.
    public private(set) var line = 0

    private var rest: [String]
    private var source: LineSource?
    private var descriptor: Int32 = -1
    private let lineLimit: Int
    private let skipsDecisions: Bool
    private static let decisionHead = Array(#"{"kind":"decision","#.utf8)

    /// Makes a reader of `paths`, in that order; lines are of at most `lineLimit` bytes.
    ///
    /// With `skipsDecisions`, decisions are counted without being read, several times as fast. Throws
    /// when a path, or nothing of its rotation, is there.
    public init(
        paths: [String],
        lineLimit: Int = 4 << 20,
        skipsDecisions: Bool = false
    ) throws(Diagnostic) {
        self.lineLimit = lineLimit
        self.skipsDecisions = skipsDecisions
        var files: [String] = []
        for path in paths {
            let rotation = Self.rotation(of: path)
            guard !rotation.isEmpty else {
                throw Diagnostic(
                    .error,
                    "there is no such trace",
                    hint: "`sluice record`, or `record:` in the configuration, writes one",
                    file: path
                )
            }
            files += rotation.filter { !files.contains($0) }
        }
        rest = files.reversed()
    }

    deinit { close() }

    /// The next line; nil at the end of the last file.
    public func next() throws(Diagnostic) -> TraceLine? {
        while true {
            if source == nil {
                guard try open() else { return nil }
            }
            guard let read = try nextLine() else {
                close()
                continue
            }
            switch read {
            case .header(let header):
                try adopt(header)
            case .decision: tally.decisions += 1
            case .verdict: tally.verdicts += 1
            }
            return read
        }
    }

    /// The next line of this file that can be read and is of a known kind.
    private func nextLine() throws(Diagnostic) -> TraceLine? {
        while let found = try rawLine() {
            line += 1
            let bytes = source?.buffer ?? []
            if skipsDecisions, header != nil, bytes[found.range].starts(with: Self.decisionHead) {
                tally.decisions += 1
                continue
            }
            var scanner = TraceScanner(bytes, found.range)
            guard scanner.peek() != nil else { continue }
            do throws(TraceScanner.Fault) {
                let read = try TraceLine.read(&scanner)
                guard let read else {
                    tally.unknown += 1
                    continue
                }
                if case .header = read { return read }
                guard header != nil else {
                    throw scanner.fault("a trace begins with a line that has `trace`", at: 0)
                }
                return read
            } catch {
                guard found.isWhole else {
                    tally.truncated += 1
                    return nil
                }
                throw diagnostic(error)
            }
        }
        return nil
    }

    private func rawLine() throws(Diagnostic) -> LineSource.Line? {
        do throws(LineSource.Fault) {
            return try source?.next()
        } catch {
            switch error {
            case .tooLong:
                throw Diagnostic(
                    .error,
                    "a line of more than \(lineLimit) bytes",
                    hint: "is it a trace?",
                    file: file,
                    line: line + 1
                )
            case .unreadable(let reason):
                throw Diagnostic(.error, "cannot be read: \(reason)", file: file)
            }
        }
    }

    private func adopt(_ header: TraceHeader) throws(Diagnostic) {
        guard header.version <= TraceHeader.currentVersion else {
            throw Diagnostic(
                .error,
                "a trace of format \(header.version); this program reads up to "
                    + "\(TraceHeader.currentVersion)",
                hint: "use the `sluice` that is at least as new as the one that recorded it",
                file: file,
                line: line
            )
        }
        self.header = header
    }

    private func diagnostic(_ fault: TraceScanner.Fault) -> Diagnostic {
        Diagnostic(
            .error,
            fault.message,
            hint: header == nil
                ? "is it a trace?" : "remove the line, or record again",
            file: file,
            line: line,
            column: fault.offset + 1
        )
    }

    // MARK: - Files

    private func open() throws(Diagnostic) -> Bool {
        guard let path = rest.popLast() else { return false }
        file = path == "-" ? "standard input" : path
        line = 0
        header = nil
        descriptor = path == "-" ? dup(STDIN_FILENO) : Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Diagnostic(
                .error,
                "cannot be opened: \(String(cString: strerror(errno)))",
                file: file
            )
        }
        tally.files += 1
        source = LineSource(descriptor: descriptor, limit: lineLimit)
        return true
    }

    private func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
        source = nil
    }

    /// The files of one trace, the oldest first.
    private static func rotation(of path: String) -> [String] {
        guard path != "-" else { return [path] }
        var files = access(path, F_OK) == 0 ? [path] : []
        for number in 1...rotationLimit {
            guard access("\(path).\(number)", F_OK) == 0 else { break }
            files.insert("\(path).\(number)", at: 0)
        }
        return files
    }
}
