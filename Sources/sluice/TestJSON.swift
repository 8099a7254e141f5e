// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Gateway
import Vocabulary

/// The tests of policies in data, for other programs.
enum TestJSON {
    static func text(_ report: PolicyTestReport, obstacle: String?) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("passed", report.hasPassed)
        writer.member("cases", report.cases)
        writer.member("failed", report.failures.count)
        writer.member("skipped", report.skipped)
        writer.member("obstacle", obstacle)
        writer.key("policies")
        writer.beginArray()
        for policy in report.policies { write(policy, to: &writer) }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func write(_ policy: PolicyTests.Report, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("policy", policy.policy)
        writer.member("file", policy.file)
        writer.key("cases")
        writer.beginArray()
        for outcome in policy.outcomes { write(outcome, to: &writer) }
        writer.endArray()
        write("rules", policy.rules, to: &writer)
        write("actions", policy.actions, to: &writer)
        writer.key("diagnostics")
        writer.beginArray()
        for diagnostic in policy.diagnostics { writer.value(diagnostic.rendered()) }
        writer.endArray()
        writer.endObject()
    }

    private static func write(_ outcome: PolicyTests.Outcome, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", outcome.name)
        writer.member("line", outcome.line)
        writer.member("passed", outcome.hasPassed)
        writer.member("skipped", outcome.skipped)
        writer.member("fault", outcome.fault)
        writer.member("rule", outcome.rule)
        writer.key("differences")
        writer.beginArray()
        for difference in outcome.differences {
            writer.beginObject()
            writer.member("what", difference.what)
            writer.member("expected", difference.expected)
            writer.member("found", difference.found)
            writer.endObject()
        }
        writer.endArray()
        writer.key("observed")
        writer.beginObject()
        for (variable, value) in outcome.observed { writer.member(variable, value) }
        writer.endObject()
        writer.endObject()
    }

    private static func write(
        _ key: String,
        _ coverage: [PolicyTests.Coverage],
        to writer: inout JSONWriter
    ) {
        writer.key(key)
        writer.beginArray()
        for one in coverage {
            writer.beginObject()
            writer.member("name", one.name)
            writer.member("reached", one.count)
            writer.endObject()
        }
        writer.endArray()
    }
}
