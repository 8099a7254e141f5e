// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension SpoolSchema {
    /// The epochs of keys, as they came to be used.
    static let version5 = [
        // A data key an epoch: derived from its number, which is random, and the master key of this
        // fingerprint. `rows` are sealed in it; `mark` is the CRC-32C of all three. The table of
        // version 3 was never written to.
        "DROP TABLE seal_epochs",
        """
        CREATE TABLE seal_epochs (
          id INTEGER PRIMARY KEY, key TEXT NOT NULL, rows INTEGER NOT NULL, mark INTEGER NOT NULL
        ) STRICT
        """,
    ]
}
