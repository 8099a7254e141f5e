# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A large backlog in little time: the rows of a stopped gateway's spool, copied under other keys.

The copies have no check sums, as rows of older versions have none, and the same content as the rows
they were made of: fit to be started over and counted, not to be sent.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

COLUMNS = ("stream, kind, priority, device, policy, policy_version, attempts, stored_at, "
           "stored_clock, expires, body, parked, value, codec, seal")


def multiply(spool: Path, wanted: int) -> int:
    """Copies the rows until there are `wanted`; how many there are then."""
    db = sqlite3.connect(spool, isolation_level=None)
    try:
        # A power cut may take it all; it is the start over it that is measured.
        for setting in ("synchronous = OFF", "cache_size = -200000", "journal_mode = WAL",
                        "wal_autocheckpoint = 20000"):
            db.execute(f"PRAGMA {setting}").fetchall()
        count, last = db.execute("SELECT count(*), max(id) FROM entries").fetchone()
        if not count:
            raise ValueError("there is no row to copy")
        rounds = max(0, wanted // count - 1)
        for number in range(1, rounds + 1):
            db.execute("BEGIN")
            # Keys begin with what the ids are moved by, so that they are written in rising order and are like none
            # of a time before.
            db.execute(
                f"INSERT INTO entries (id, key, {COLUMNS}, crc) "
                f"SELECT id + ?, printf('%012x', ?) || key, {COLUMNS}, NULL FROM entries "
                "WHERE id <= ? ORDER BY key", (number * last, number * last, last))
            db.execute("COMMIT")
        db.execute("BEGIN")
        db.execute("UPDATE counters SET rows = rows * ?1, bytes = bytes * ?1", (rounds + 1,))
        db.execute("UPDATE streams SET rows = rows * ?", (rounds + 1,))
        for stream, rows in db.execute("SELECT id, rows FROM streams").fetchall():
            db.execute("UPDATE streams SET debt = ? WHERE id = ?", (rows.bit_length(), stream))
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return count * (rounds + 1)
    finally:
        db.close()
