// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The shapes of what goes to and fro.
extension OpenAPIDocument {
    /// A member's type, as JSON Schema has it.
    private enum Kind: String {
        case text = "string"
        case number
        case integer
        case flag = "boolean"
        case object
        case array
    }

    private struct Shape {
        var about: String
        var members: [(name: String, kind: Kind)] = []
        var isOpen = true
    }

    private static var shapes: [(name: String, shape: Shape)] {
        [
            (
                "Status",
                Shape(
                    about:
                        "How the gateway is doing; more members come with what is configured.",
                    members: [
                        ("site", .text), ("warnings", .array), ("uptime_seconds", .number),
                        ("uplink", .text), ("publishing", .flag), ("lanes", .array),
                        ("cloud", .object), ("spool", .object), ("policies", .array),
                        ("counters", .object), ("latencies_ms", .object),
                    ]
                )
            ),
            (
                "SpoolStats",
                Shape(
                    about: "The spool in numbers.",
                    members: [
                        ("waiting", .integer), ("leased", .integer), ("delayed", .integer),
                        ("rows", .array), ("dropped", .object), ("dropped_rows", .array),
                        ("oldest_seconds", .number), ("dead_letters", .integer),
                        ("dead_letters_dropped", .integer), ("bytes_in_use", .integer),
                        ("max_size", .integer),
                    ]
                )
            ),
            (
                "Row",
                Shape(
                    about: "One row with its content.",
                    members: [("id", .integer), ("key", .text), ("kind", .text), ("state", .text)]
                )
            ),
            (
                "Letter",
                Shape(
                    about: "One dead letter with its payload.",
                    members: [
                        ("id", .integer), ("time", .text), ("code", .text), ("reason", .text),
                        ("payload_bytes", .integer),
                    ]
                )
            ),
            ("Purged", Shape(about: "How many went.", members: [("purged", .integer)])),
            ("NewLetter", Shape(about: "The letter's new number.", members: [("id", .integer)])),
            (
                "Requeued",
                Shape(
                    about: "How many are sent again, and why others are not.",
                    members: [("requeued", .integer), ("refused", .array)]
                )
            ),
            (
                "DamagedRow",
                Shape(
                    about: "One damaged row with what is left of it.",
                    members: [
                        ("id", .integer), ("time", .text), ("reason", .text), ("bytes", .integer),
                    ]
                )
            ),
            (
                "Released",
                Shape(
                    about: "Rows that are back, and why others are not.",
                    members: [("released", .array), ("refused", .array)]
                )
            ),
            ("Copied", Shape(about: "The copy's size.", members: [("bytes", .integer)])),
            (
                "Reload",
                Shape(
                    about: "Whether what was read is in force now, and what is wrong with it.",
                    members: [("taken", .flag), ("findings", .array)]
                )
            ),
            ("Labelled", Shape(about: "Taken.", members: [("labelled", .integer)])),
            (
                "ModelChange",
                Shape(about: "Which version speaks now, or why it does not.")
            ),
            (
                "Story",
                Shape(
                    about: "Everything there is to say about one decision.",
                    members: [
                        ("policy", .text), ("device", .text), ("rule", .text), ("route", .text),
                        ("conditions", .array), ("words", .array), ("notes", .array),
                    ]
                )
            ),
            (
                "Readiness",
                Shape(
                    about: "Whether messages are taken; the rest is told to who is let in.",
                    members: [("ready", .flag), ("state", .text)]
                )
            ),
            (
                "Pause",
                Shape(
                    about: "Whether the inputs are paused by order; with who, why and since when.",
                    members: [("paused", .flag)]
                )
            ),
            ("Health", Shape(about: "The process answers.", members: [("alive", .flag)])),
            ("Plans", Shape(about: "Policies with their rules, in the order they are tried.")),
            ("Document", Shape(about: "This document.", members: [("openapi", .text)])),
        ]
    }

    func writeComponents(_ writer: inout JSONWriter) {
        writer.key("components")
        writer.beginObject()
        if takesToken {
            writer.key("securitySchemes")
            writer.beginObject()
            writer.key("token")
            writer.beginObject()
            writer.member("type", "http")
            writer.member("scheme", "bearer")
            writer.endObject()
            writer.endObject()
        }
        writer.key("schemas")
        writer.beginObject()
        for (name, shape) in Self.shapes {
            writer.key(name)
            Self.write(shape, &writer)
        }
        for (name, item) in [
            ("Rows", "Row"), ("Letters", "object"), ("Models", "object"),
            ("DamagedRows", "object"),
            ("Recordings", "object"),
        ] {
            writer.key(name)
            writer.beginObject()
            writer.member("type", "array")
            writer.key("items")
            writer.beginObject()
            if item == "Row" {
                writer.member("type", "object")
            } else {
                writer.member("type", item)
            }
            writer.endObject()
            writer.endObject()
        }
        for name in ["Text", "Payload"] {
            writer.key(name)
            writer.beginObject()
            writer.member("type", "string")
            writer.endObject()
        }
        Self.writeRefusal(&writer)
        writer.endObject()
        writer.endObject()
    }

    private static func write(_ shape: Shape, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("type", "object")
        writer.member("description", shape.about)
        writer.key("properties")
        writer.beginObject()
        for (name, kind) in shape.members {
            writer.key(name)
            writer.beginObject()
            writer.member("type", kind.rawValue)
            if kind == .text {
                writer.member("minLength", 0)
            }
            writer.endObject()
        }
        writer.endObject()
        if !shape.members.isEmpty {
            writer.key("required")
            writer.beginArray()
            for (name, _) in shape.members { writer.value(name) }
            writer.endArray()
        }
        writer.endObject()
    }

    private static func writeRefusal(_ writer: inout JSONWriter) {
        writer.key("Refusal")
        writer.beginObject()
        writer.member("type", "object")
        writer.member("description", "What is wrong and what to do.")
        writer.key("properties")
        writer.beginObject()
        writer.key("error")
        writer.beginObject()
        writer.member("type", "object")
        writer.key("properties")
        writer.beginObject()
        writer.key("message")
        writer.beginObject()
        writer.member("type", "string")
        writer.endObject()
        writer.endObject()
        writer.key("required")
        writer.beginArray()
        writer.value("message")
        writer.endArray()
        writer.endObject()
        writer.endObject()
        writer.key("required")
        writer.beginArray()
        writer.value("error")
        writer.endArray()
        writer.endObject()
    }
}
