#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Makes spool-1.sqlite to spool-4.sqlite: stores as the released schemas 1 to 4 left them.

The statements are those of the released versions, word for word; never change them. Run it in its own
folder, only when a fixture must hold something more.
"""

import os
import sqlite3

VERSION_1 = [
    """CREATE TABLE entries (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, stream INTEGER NOT NULL,
  kind INTEGER NOT NULL, priority INTEGER NOT NULL, device TEXT NOT NULL,
  policy TEXT NOT NULL, policy_version TEXT NOT NULL, attempts INTEGER NOT NULL,
  stored_at INTEGER NOT NULL, stored_clock INTEGER NOT NULL, expires INTEGER,
  body BLOB NOT NULL
) STRICT""",
    "CREATE INDEX entries_by_stream ON entries(stream)",
    "CREATE INDEX entries_by_expiry ON entries(expires) WHERE expires IS NOT NULL",
    """CREATE TABLE streams (
  id INTEGER PRIMARY KEY, way INTEGER NOT NULL, priority INTEGER NOT NULL,
  name TEXT NOT NULL, head INTEGER NOT NULL, UNIQUE (way, priority, name)
) STRICT""",
    "CREATE INDEX streams_by_head ON streams(way, priority, head)",
    """CREATE TABLE counters (
  kind INTEGER NOT NULL, priority INTEGER NOT NULL,
  rows INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (kind, priority)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE drop_counts (
  reason TEXT NOT NULL, kind INTEGER NOT NULL, priority INTEGER NOT NULL,
  rows INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (reason, kind, priority)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE drops (
  id INTEGER PRIMARY KEY, time INTEGER NOT NULL, reason TEXT NOT NULL,
  kind INTEGER NOT NULL, priority INTEGER NOT NULL, device TEXT NOT NULL,
  policy TEXT NOT NULL, key TEXT NOT NULL, age INTEGER NOT NULL
) STRICT""",
    """CREATE TABLE dead_letters (
  id INTEGER PRIMARY KEY, time INTEGER NOT NULL, input TEXT NOT NULL, topic TEXT NOT NULL,
  code TEXT NOT NULL, text TEXT NOT NULL, attempts INTEGER NOT NULL,
  payload_bytes INTEGER NOT NULL, payload BLOB NOT NULL
) STRICT""",
    """CREATE TABLE attempts (
  high INTEGER NOT NULL, low INTEGER NOT NULL, count INTEGER NOT NULL,
  touched INTEGER NOT NULL, PRIMARY KEY (high, low)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX attempts_by_touch ON attempts(touched)",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE numbers (
  name TEXT PRIMARY KEY, value INTEGER NOT NULL
) STRICT, WITHOUT ROWID""",
]

VERSION_2 = [
    "ALTER TABLE streams ADD COLUMN policy TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX streams_by_policy ON streams(way, priority, policy, head)",
    """CREATE TABLE pending_rows (
  policy TEXT PRIMARY KEY, rows INTEGER NOT NULL
) STRICT, WITHOUT ROWID""",
    "INSERT INTO pending_rows SELECT policy, count(*) FROM entries WHERE kind = 0 GROUP BY policy",
]

VERSION_3 = [
    "ALTER TABLE entries ADD COLUMN parked INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE entries ADD COLUMN value INTEGER",
    "ALTER TABLE entries ADD COLUMN codec INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE entries ADD COLUMN seal INTEGER",
    "ALTER TABLE entries ADD COLUMN crc INTEGER",
    "CREATE INDEX entries_by_value ON entries(priority, value) WHERE value IS NOT NULL",
    "DROP INDEX entries_by_stream",
    "CREATE INDEX entries_by_stream ON entries(stream) WHERE parked = 0",
    "CREATE INDEX entries_parked ON entries(stream) WHERE parked > 0",
    "ALTER TABLE streams ADD COLUMN names BLOB",
    "ALTER TABLE meta ADD COLUMN seal INTEGER",
    "ALTER TABLE dead_letters ADD COLUMN kind INTEGER",
    "ALTER TABLE dead_letters ADD COLUMN priority INTEGER",
    "ALTER TABLE dead_letters ADD COLUMN device TEXT",
    "ALTER TABLE dead_letters ADD COLUMN stream TEXT",
    "ALTER TABLE dead_letters ADD COLUMN policy TEXT",
    "ALTER TABLE dead_letters ADD COLUMN policy_version TEXT",
    "ALTER TABLE dead_letters ADD COLUMN row_key TEXT",
    "ALTER TABLE dead_letters ADD COLUMN time_to_live INTEGER",
    "ALTER TABLE dead_letters ADD COLUMN names BLOB",
    "ALTER TABLE dead_letters ADD COLUMN seal INTEGER",
    """CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY, time INTEGER NOT NULL, reason TEXT NOT NULL, size INTEGER NOT NULL,
  row_id, key, stream, kind, priority, device, policy, policy_version, attempts, stored_at,
  stored_clock, expires, codec, seal, crc, body
)""",
    """CREATE TABLE seal_epochs (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL, salt BLOB NOT NULL, rows INTEGER NOT NULL
) STRICT""",
    "CREATE TABLE seal_names (key TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT",
]

VERSION_4 = [
    "ALTER TABLE streams ADD COLUMN rows INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE streams ADD COLUMN debt INTEGER NOT NULL DEFAULT 0",
    """UPDATE streams SET rows = (
  SELECT count(*) FROM entries WHERE entries.stream = streams.id AND parked = 0)""",
    """UPDATE streams SET debt = CASE WHEN rows = 0 THEN 0 WHEN rows < 2 THEN 1 WHEN rows < 4 THEN 2
  WHEN rows < 8 THEN 3 WHEN rows < 64 THEN 6 WHEN rows < 4096 THEN 12 ELSE 20 END""",
    "CREATE INDEX streams_by_debt ON streams(way, priority, policy, debt, head)",
]

SECOND = 1_000_000_000
WAYS = {0: 0, 2: 1, 3: 2}  # kind -> way


def fill(db):
    """Twelve rows of three kinds about two devices, one letter, one drop, two settings."""
    streams, counts, rows = {}, {}, []
    for number in range(1, 13):
        kind = (0, 2, 3)[number % 3]
        device = "4/17" if number % 2 else "4/18"
        name = f"{device} < bearing-wear" if kind == 0 else device
        stream = streams.setdefault((WAYS[kind], 1, name), (len(streams) + 1, number))[0]
        body = bytes([number]) * (10 * number)
        rows.append(
            (number, f"key-{number}", stream, kind, 1, device, "bearing-wear", "v1", number % 2,
             1_700_000_000 * SECOND, number * SECOND, 9000 * SECOND if number == 12 else None, body)
        )
        count = counts.setdefault((kind, 1), [0, 0])
        count[0] += 1
        count[1] += len(body)
    db.executemany("INSERT INTO streams VALUES (?, ?, ?, ?, ?)",
                   [(s, w, p, n, h) for (w, p, n), (s, h) in streams.items()])
    db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    db.executemany("INSERT INTO counters VALUES (?, ?, ?, ?)",
                   [(k, p, r, b) for (k, p), (r, b) in counts.items()])
    db.execute("INSERT INTO drop_counts VALUES ('spool_full', 2, 1, 3, 300)")
    db.execute("INSERT INTO drops VALUES (1, 1700000000000000000, 'spool_full', 2, 1, '4/17', "
               "'bearing-wear', 'key-0', 5000000000)")
    db.execute("INSERT INTO dead_letters VALUES (1, 1700000000000000000, 'vibration', 'a/4/17', "
               "'not_json', 'unexpected end', 0, 3, x'7b7b7b')")
    db.execute("INSERT INTO attempts VALUES (1, 2, 1, 3000000000)")
    db.executemany("INSERT INTO meta VALUES (?, ?)",
                   [("site_key", bytes(range(32))), ("heads/a/b/0", b"\x01\x02")])
    db.executemany("INSERT INTO numbers VALUES (?, ?)", [
        ("clean_exit", 1), ("clock", 60 * SECOND),
        ("dead_bytes", 3 + 6 + 14 + 128), ("dead_dropped", 1), ("dead_rows", 1)])


def make(path, migrations):
    if os.path.exists(path):
        os.remove(path)
    db = sqlite3.connect(path, isolation_level=None)
    for setting in ("page_size = 4096", "auto_vacuum = INCREMENTAL", "application_id = 0x534C5543",
                    "journal_mode = WAL"):
        db.execute("PRAGMA " + setting)
    db.execute("BEGIN")
    db.execute("CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
    for number, statements in enumerate(migrations, 1):
        for statement in statements:
            db.execute(statement)
        db.execute("INSERT INTO grdb_migrations VALUES (?)", (str(number),))
        if number == 1:
            fill(db)
    db.execute("COMMIT")
    db.close()


VERSIONS = [VERSION_1, VERSION_2, VERSION_3, VERSION_4]
for newest in range(1, len(VERSIONS) + 1):
    make(f"spool-{newest}.sqlite", VERSIONS[:newest])
