// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Spool

extension SchemaDocument {
    private static let whenFull = SchemaForm.words(
        SpoolOptions.WhenFull.allCases.map(\.rawValue)
    )

    static var spoolKeys: [SchemaKey] {
        [
            SchemaKey("path", .text(), "The file.", isRequired: true),
            SchemaKey("max_size", .size, "File and log together.", default: "1GiB"),
            SchemaKey(
                "when_full",
                .either([
                    whenFull,
                    .object(
                        ["high", "normal", "low"].map {
                            SchemaKey($0, whenFull, "Rows of it.", default: "drop_oldest")
                        }
                    ),
                ]),
                "Of all rows, or by priority. `refuse`: the message stays with the broker.",
                default: "drop_oldest"
            ),
            SchemaKey("reserve_high", .fraction, "For rows of high priority.", default: "0%"),
            SchemaKey(
                "dead_letters",
                .integer(1...10_000_000),
                "How many are kept.",
                default: "10000"
            ),
            SchemaKey(
                "compression",
                .words(["none", "zstd"]),
                "Of contents of 512 bytes and more.",
                default: "none"
            ),
            SchemaKey(
                "durability",
                .words(["disk", "memory"]),
                "`memory`: nothing survives the process.",
                default: "disk"
            ),
            SchemaKey(
                "encryption",
                .object([
                    SchemaKey(
                        "key_files",
                        .list(.text()),
                        "Keys of 32 bytes; the first seals, all open."
                    ),
                    SchemaKey("key_env", .text(), "The variable that holds the key."),
                ]),
                "Contents and device names are sealed at rest."
            ),
        ]
    }
}
