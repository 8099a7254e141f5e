// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension ReplayReport {
    /// The report as one JSON object: shares from 0 to 1, times as RFC 3339, durations in milliseconds.
    public var json: [UInt8] {
        var writer = JSONWriter(capacity: 16 << 10)
        writer.beginObject()
        writer.member("site", site)
        writer.member("scope", scope)
        writer.member("sample", sample)
        writer.member("first", span.first.rfc3339)
        writer.member("last", span.last.rfc3339)
        writer.list("policies", policies) { writer, policy in
            writer.member("name", policy.name)
            writer.key("recorded")
            writer.beginArray()
            for version in policy.former { writer.value(version) }
            writer.endArray()
            writer.member("version", policy.version)
        }
        writer.member("decisions", decisions)
        writer.member("changed", changed)
        writer.member("changed_share", changedShare)
        writer.member("same_by_another_rule", otherRule)
        writer.member("other_policies", skipped)
        writer.member("unmatched_topics", unmatched)
        writer.member("gathered", gathered)
        writer.member("findings_recorded", recordedFindings)
        writer.member("findings_made_again", freshFindings)
        writer.member("truncated_lines", truncated)
        writer.member("unknown_lines", unknownLines)
        writer.member("truth", truth)
        writer.member("price_per_call", pricePerCall)
        writer.key("former")
        former.write(&writer)
        writer.key("new")
        tried.write(&writer)
        writer.list("changes", changes) { writer, change in
            writer.member("from", change.from)
            writer.member("to", change.to)
            writer.member("count", change.count)
        }
        writer.list("examples", examples) { writer, example in example.write(&writer) }
        writer.list("curve", curve) { writer, point in
            writer.member("threshold", point.threshold)
            writer.member("asked", point.asked)
            writer.member("accuracy", point.accuracy)
        }
        writer.endObject()
        return writer.bytes
    }
}

extension ReplayReport.Example {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.member("id", id.description)
        writer.member("policy", policy)
        writer.member("device", device)
        writer.member("time", time.rfc3339)
        writer.member("from", from.way)
        writer.member("from_rule", from.rule)
        writer.member("to", to.way)
        writer.member("to_rule", to.rule)
        writer.key("values")
        writer.beginObject()
        for (variable, value) in values { writer.member(variable, value) }
        writer.endObject()
    }
}

extension ReplayReport.Side {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", name)
        writer.key("routes")
        writer.beginObject()
        for (way, count) in zip(Way.allCases, ways) { writer.member(way.rawValue, count) }
        writer.endObject()
        writer.member("calls", calls)
        writer.member("money", money)
        writer.member("answered", answered)
        writer.member("missed", missed)
        writer.member("unknown", unknown)
        writer.member("local_p50_ms", local.p50)
        writer.member("local_p99_ms", local.p99)
        writer.member("escalation_p50_ms", asked.p50)
        writer.member("escalation_p99_ms", asked.p99)
        writer.key("right")
        right.write(&writer)
        writer.key("kept_local_agreement")
        agreement.write(&writer)
        writer.list("rules", rules) { writer, entry in
            writer.member("policy", entry.policy)
            writer.key("held")
            writer.beginObject()
            for (name, count) in entry.rules { writer.member(name, count) }
            writer.endObject()
        }
        writer.endObject()
    }
}

extension WeightedShare {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("share", share)
        writer.member("low", interval?.low)
        writer.member("high", interval?.high)
        writer.member("known", count)
        writer.member("effective", effectiveCount)
        writer.endObject()
    }
}

extension JSONWriter {
    /// A member with a list of objects.
    fileprivate mutating func list<Element>(
        _ name: String,
        _ elements: [Element],
        _ write: (inout JSONWriter, Element) -> Void
    ) {
        key(name)
        beginArray()
        for element in elements {
            beginObject()
            write(&self, element)
            endObject()
        }
        endArray()
    }
}
