// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

extension SchemaDocument {
    /// The keys of every model that can look at more than one reading.
    static var windowKeys: [SchemaKey] {
        [
            SchemaKey("window", windowForm, "How each device's readings are gathered."),
            SchemaKey("rate", .text(), "How many numbers of a series there are in a second."),
        ]
    }

    private static var windowForm: SchemaForm {
        let lengths = 1...WindowSpec.lengthLimit
        return .object([
            SchemaKey("count", .integer(lengths), "So many readings."),
            SchemaKey("samples", .integer(lengths), "So many numbers of series."),
            SchemaKey("time", .within("1ms", "366d", .duration), "All readings of so long."),
            SchemaKey("hop", .either([.integer(lengths), .duration]), "From one to the next."),
            SchemaKey(
                "gap",
                .within("1ms", "366d", .duration),
                "A longer silence empties the window."
            ),
            SchemaKey(
                "late",
                .within("0s", "1h", .duration),
                "How late a reading may come.",
                default: "0s"
            ),
            SchemaKey(
                "join",
                .object([
                    SchemaKey(
                        "on",
                        .either([.text(), .list(.text())]),
                        "The fields that others are joined to.",
                        isRequired: true
                    ),
                    SchemaKey(
                        "tolerance",
                        .within("0s", "366d", .duration),
                        "How far apart in time.",
                        isRequired: true
                    ),
                    SchemaKey(
                        "missing",
                        .words(WindowSpec.Missing.allCases.map(\.rawValue)),
                        "What becomes of a reading that nothing can be joined to.",
                        default: "fail"
                    ),
                ]),
                "Fields of several topics of one device."
            ),
            SchemaKey(
                "max_devices",
                .integer(1...10_000_000),
                "How many are remembered.",
                default: "100000"
            ),
            SchemaKey(
                "max_bytes",
                .within("64KiB", "1024GiB", .size),
                "In how much memory.",
                default: "256MiB"
            ),
        ])
    }
}
