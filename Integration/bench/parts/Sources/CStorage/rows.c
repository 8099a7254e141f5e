// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// Rows as the spool has them, stored by SQLite alone: one prepared statement, one commit for many.

#include "CStorage.h"
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct partsbench_rows {
    sqlite3 *db;
    sqlite3_stmt *insert, *begin, *commit;
};

// The one number that a statement gives; -1 without one.
static long number(sqlite3 *db, const char *sql) {
    sqlite3_stmt *statement = NULL;
    long found = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return found;
}

// Makes the spool's table of rows with its indexes, read where the spool keeps them.
static bool take_table(sqlite3 *db, const char *model) {
    sqlite3 *other = NULL;
    sqlite3_stmt *statement = NULL;
    int made = 0;
    bool isGood = sqlite3_open_v2(model, &other, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
                  sqlite3_prepare_v2(other,
                                     "SELECT sql FROM sqlite_master WHERE tbl_name = 'entries' AND sql IS NOT "
                                     "NULL ORDER BY type DESC",
                                     -1, &statement, NULL) == SQLITE_OK;
    while (isGood && sqlite3_step(statement) == SQLITE_ROW) {
        isGood = sqlite3_exec(db, (const char *)sqlite3_column_text(statement, 0), NULL, NULL, NULL) == SQLITE_OK;
        made++;
    }
    sqlite3_finalize(statement);
    sqlite3_close(other);
    return isGood && made > 1;
}

struct partsbench_rows *partsbench_rows_open(const char *path, const char *model, char *problem, size_t size) {
    struct partsbench_rows *rows = calloc(1, sizeof *rows);
    const char *settings = "PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL;"
                           "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
                           "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4072";
    const char *insert = "INSERT INTO entries (id, key, stream, kind, priority, device, policy, policy_version,"
                         " attempts, stored_at, stored_clock, expires, body, value, codec, seal, crc)"
                         " VALUES (?, ?, ?, 2, 1, ?, 'small', '0123456789ab', 0, ?, ?, NULL, ?, NULL, 0, NULL, ?)"
                         " ON CONFLICT (key) DO NOTHING";
    if (sqlite3_open(path, &rows->db) == SQLITE_OK &&
        sqlite3_exec(rows->db, settings, NULL, NULL, NULL) == SQLITE_OK && take_table(rows->db, model) &&
        sqlite3_prepare_v3(rows->db, insert, -1, SQLITE_PREPARE_PERSISTENT, &rows->insert, NULL) == SQLITE_OK &&
        sqlite3_prepare_v3(rows->db, "BEGIN IMMEDIATE", -1, SQLITE_PREPARE_PERSISTENT, &rows->begin, NULL) ==
            SQLITE_OK &&
        sqlite3_prepare_v3(rows->db, "COMMIT", -1, SQLITE_PREPARE_PERSISTENT, &rows->commit, NULL) == SQLITE_OK) {
        long synchronous = number(rows->db, "PRAGMA synchronous");
        if (synchronous == 2) return rows;
        snprintf(problem, size, "synchronous is %ld", synchronous);
    } else {
        snprintf(problem, size, "%s", sqlite3_errmsg(rows->db));
    }
    partsbench_rows_close(rows);
    return NULL;
}

static bool step(sqlite3_stmt *statement) {
    int result = sqlite3_step(statement);
    sqlite3_reset(statement);
    return result == SQLITE_DONE;
}

bool partsbench_rows_insert(struct partsbench_rows *rows, int64_t first, int count, const void *body, int size) {
    bool isGood = step(rows->begin);
    for (int64_t id = first; isGood && id < first + count; id++) {
        char key[64], device[32];
        // Keys are hashes: spread over the index.
        int length = snprintf(key, sizeof key, "%016llx%016llx:0:question",
                              (unsigned long long)id * 0x9E3779B97F4A7C15ULL,
                              (unsigned long long)id * 0xBF58476D1CE4E5B9ULL);
        int width = snprintf(device, sizeof device, "small-d%02lld", (long long)(id % 16));
        sqlite3_bind_int64(rows->insert, 1, id);
        sqlite3_bind_text(rows->insert, 2, key, length, SQLITE_STATIC);
        sqlite3_bind_int64(rows->insert, 3, id % 16 + 1);
        sqlite3_bind_text(rows->insert, 4, device, width, SQLITE_STATIC);
        sqlite3_bind_int64(rows->insert, 5, 1750000000000000000 + id);
        sqlite3_bind_int64(rows->insert, 6, id * 1000);
        sqlite3_bind_blob(rows->insert, 7, body, size, SQLITE_STATIC);
        // As long as a sum of 32 bits is, which costs next to nothing to make.
        sqlite3_bind_int64(rows->insert, 8, (int64_t)((uint32_t)id * 2654435761u));
        isGood = step(rows->insert);
    }
    return step(rows->commit) && isGood;
}

void partsbench_rows_close(struct partsbench_rows *rows) {
    if (!rows) return;
    sqlite3_finalize(rows->insert);
    sqlite3_finalize(rows->begin);
    sqlite3_finalize(rows->commit);
    sqlite3_close(rows->db);
    free(rows);
}
