// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Telemetry
import Vocabulary

/// The decision log on disk, read by whoever asks why: no gateway has to run.
public struct DecisionArchive: Sendable {
    /// What was found.
    public struct Found: Sendable {
        /// The decisions whose id begins as wanted, in the order of the log; the first hundred of them.
        public var ids: [String] = []
        /// How many lines cannot be read; they were passed over.
        public var damaged = 0
        var lines: [LoggedLine] = []

        /// Adds lines that come from elsewhere than the file, unless they are there.
        mutating func add(_ lines: [[UInt8]]) {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            for line in lines {
                guard let logged = try? decoder.decode(LoggedLine.self, from: Data(line)),
                    !self.lines.contains(where: {
                        $0.logged == logged.logged && $0.revision == logged.revision
                            && $0.decisionId == logged.decisionId
                    })
                else { continue }
                self.lines.append(logged)
            }
        }
    }

    /// Why the log cannot be read.
    public struct Failure: Error, CustomStringConvertible, Sendable {
        /// What is wrong, for a person.
        public var description: String
    }

    private let path: String

    /// Names the log; its rotated part is `<path>.1`.
    public init(path: String) {
        self.path = path
    }

    /// The decisions whose id begins with `prefix`, which is of hexadecimal digits.
    ///
    /// Blocks while both parts are read, line by line and each line of bounded length. A last line
    /// without an end is one that is being written, and is no damage.
    public func find(_ prefix: String) throws(Failure) -> Found {
        // The present part is opened first: if it is rotated meanwhile, it is read twice and not missed.
        let present = open(path, O_RDONLY | O_CLOEXEC)
        let reason = String(cString: strerror(errno))
        defer { if present >= 0 { close(present) } }
        let rotated = open(path + ".1", O_RDONLY | O_CLOEXEC)
        defer { if rotated >= 0 { close(rotated) } }
        guard present >= 0 || rotated >= 0 else {
            throw Failure(description: "the decision log \(path) cannot be read: \(reason)")
        }
        var found = Found()
        var seen: Set<[UInt8]> = []
        let key = Array("\"decision_id\":\"\(prefix.lowercased())".utf8)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        for descriptor in [rotated, present] where descriptor >= 0 {
            Self.read(descriptor) { line in
                guard let line, line.first == UInt8(ascii: "{"), line.last == UInt8(ascii: "}")
                else {
                    found.damaged += 1
                    return
                }
                guard line.beginsNearly(with: key), seen.insert(line).inserted else { return }
                guard let logged = try? decoder.decode(LoggedLine.self, from: Data(line)) else {
                    found.damaged += 1
                    return
                }
                guard logged.decisionId.hasPrefix(prefix.lowercased()) else { return }
                if !found.ids.contains(logged.decisionId) {
                    guard found.ids.count < 100 else { return }
                    found.ids.append(logged.decisionId)
                }
                found.lines.append(logged)
            }
        }
        return found
    }

    /// Hands over every line that has an end; nil for one that is too long.
    private static func read(_ descriptor: Int32, _ body: ([UInt8]?) -> Void) {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var line: [UInt8] = []
        var isTooLong = false
        while true {
            let count = chunk.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            var rest = chunk[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let length = line.count + (end - rest.startIndex)
                isTooLong = isTooLong || length > DecisionLog.lineLimit
                if !isTooLong { line += rest[..<end] }
                if isTooLong || !line.isEmpty { body(isTooLong ? nil : line) }
                line.removeAll(keepingCapacity: true)
                isTooLong = false
                rest = rest[(end + 1)...]
            }
            isTooLong = isTooLong || line.count + rest.count > DecisionLog.lineLimit
            if !isTooLong { line += rest }
        }
    }
}

/// One line of the log: a word on a decision, or a label that somebody gave.
struct LoggedLine: Decodable, Sendable {
    var logged: String?
    var decisionId: String
    var revision: Int?
    var policy: String?
    var policyVersion: String?
    var device: String?
    var sequence: Int64?
    var time: String?
    var rule: String?
    var route: String?
    var fallback: String?
    var standing: String?
    var label: String?
    var confidence: Double?
    var latencyMs: Double?
    var verdict: String?
    var answer: DecisionStory.Answer?
    var actions: [DecisionStory.Action]?
    var heldBack: [String]?
    var observed: [String: String]?
    var ahead: [String: String]?
    var failed: [String: String]?
    var finding: DecisionStory.Finding?
    var threshold: DecisionStory.Threshold?
    var deadline: DecisionStory.Deadline?
    var cloud: DecisionStory.Link?
    var bound: DecisionStory.Bound?
    var shortened: Bool?
}

extension [UInt8] {
    /// Whether `part` occurs near the beginning, where the log's lines have their id.
    fileprivate func beginsNearly(with part: [UInt8]) -> Bool {
        let last = Swift.min(count - part.count, 128)
        guard last >= 0 else { return false }
        return (0...last).contains { start in self[start...].starts(with: part) }
    }
}
