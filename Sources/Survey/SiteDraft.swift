// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A first configuration, made of what was heard: it passes `sluice check` and `sluice test` as it is.
///
/// Each policy has the detector that needs nothing trained, and tells of what is unusual for a device. What
/// cannot be drafted (other formats, strange topics) is left out and said.
public struct SiteDraft {
    /// How the broker is reached, as `sluice.yaml` says it.
    public struct Broker: Sendable {
        /// Its address.
        public var url: String
        /// The name to log in with.
        public var username: String?
        /// The file of the password.
        public var passwordFile: String?
        /// The file of the authorities trusted.
        public var caFile: String?

        /// Makes a broker that wants no password.
        public init(url: String) {
            self.url = url
        }
    }

    /// One file to be written.
    public struct File: Equatable, Sendable {
        /// Its path below the folder.
        public var path: String
        /// What it holds.
        public var text: String
    }

    /// The files; empty where nothing can be drafted.
    public private(set) var files: [File] = []
    /// What was left out, a sentence each.
    public private(set) var remarks: [String] = []

    private static let mostPolicies = 8

    /// Drafts a site called `site`; `reserved` are the words that no field may be called.
    public init(_ report: SurveyReport, broker: Broker, site: String, reserved: Set<String>) {
        var policies: [PolicyDraft] = []
        for pattern in report.patterns {
            guard !pattern.filter.hasPrefix("sluice/"), !pattern.filter.hasPrefix("$") else {
                continue
            }
            guard pattern.format == .json || pattern.format == .value else {
                remark(pattern, "its payloads are neither JSON objects nor plain numbers")
                continue
            }
            guard policies.count < Self.mostPolicies else {
                remark(pattern, "\(Self.mostPolicies) policies are enough to begin with")
                continue
            }
            let names = Set(policies.map(\.name))
            do throws(PolicyDraft.Obstacle) {
                policies.append(
                    try PolicyDraft(pattern, site: site, reserved: reserved, taken: names)
                )
            } catch {
                remark(pattern, error.message)
            }
        }
        guard !policies.isEmpty else { return }
        let clear = policies.map { policy in
            var policy = policy
            policy.keepNoticesOut(of: policies.map(\.filter))
            return policy
        }
        files = [File(path: "sluice.yaml", text: Self.configuration(clear, broker, site))]
        files.append(File(path: "models/unusual/1/model.yaml", text: Self.model))
        for policy in clear {
            files.append(File(path: "Policies/\(policy.name)/policy.yaml", text: policy.text))
            files.append(File(path: "Policies/\(policy.name)/tests.yaml", text: policy.tests))
        }
    }

    private mutating func remark(_ pattern: SurveyReport.Pattern, _ why: String) {
        guard remarks.count < 20 else { return }
        remarks.append("no policy for `\(pattern.filter.prefix(200))`: \(why)")
    }

    private static let model = """
        # The detector that needs no parameters: it learns each device by itself, from its first reading on.
        kind: ensemble

        """

    private static func configuration(
        _ policies: [PolicyDraft],
        _ broker: Broker,
        _ site: String
    ) -> String {
        var lines = [
            "# Drafted by `sluice init` from what the broker carried. `sluice doctor` examines it.",
            "site: { name: \(quoted(site)) }", "", "broker:", "  url: \(quoted(broker.url))",
        ]
        if let username = broker.username { lines.append("  username: \(quoted(username))") }
        if let file = broker.passwordFile { lines.append("  password_file: \(quoted(file))") }
        if let file = broker.caFile { lines.append("  ca_file: \(quoted(file))") }
        lines += ["", "inputs:", "  - name: all", "    topics:"]
        lines += disjoint(policies.map(\.filter)).map { "      - \(quoted($0))" }
        lines += [
            "", "models: { path: models }", "policies: { path: Policies }", "",
            "spool: { path: spool.sqlite, max_size: 1GiB }", "",
        ]
        return lines.joined(separator: "\n")
    }

    /// The filters without those that another one covers.
    static func disjoint(_ filters: [String]) -> [String] {
        var kept: [String] = []
        for filter in filters {
            if kept.contains(where: { covers($0, filter) }) { continue }
            kept.removeAll { covers(filter, $0) }
            kept.append(filter)
        }
        return kept
    }

    /// True when every topic of `inner` is one of `outer`; neither has `#`.
    private static func covers(_ outer: String, _ inner: String) -> Bool {
        let (left, right) = (parts(outer), parts(inner))
        return left.count == right.count && zip(left, right).allSatisfy { $0 == "+" || $0 == $1 }
    }

    static func parts(_ topic: String) -> [Substring] {
        topic.split(separator: "/", omittingEmptySubsequences: false)
    }

    /// A text in double quotes, which YAML reads as JSON does.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
