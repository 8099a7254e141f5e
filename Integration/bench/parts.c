// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0
//
// The least that parts of a gateway can do, each by itself: yardsticks for their sum.
//
//   parts actions PORT COUNT        publishes on `alerts/parts` at QoS 1 over libmosquitto
//   parts rows FILE COUNT BATCH     rows of 300 bytes into SQLite, BATCH a commit, and out again
//   parts insert FILE COUNT BATCH   only into it
//
// SQLite has the spool's pragmas (WAL, synchronous=FULL, which is read back) and a table with the
// spool's columns, unique key and index. Prints one line of JSON: seconds, CPU seconds.

#include <mosquitto.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static long acknowledged;
static bool isConnected;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double cpu(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

static void say(double start, double used) {
    printf("{\"seconds\": %.6f, \"cpu\": %.6f}\n", now() - start, cpu() - used);
}

static void on_connect(struct mosquitto *m, void *context, int code) {
    (void)m, (void)context;
    if (code != 0) exit(1);
    isConnected = true;
}

static void on_publish(struct mosquitto *m, void *context, int id) {
    (void)m, (void)context, (void)id;
    acknowledged++;
}

static void turn(struct mosquitto *m) {
    struct pollfd p = {mosquitto_socket(m), POLLIN, 0};
    if (mosquitto_want_write(m)) p.events |= POLLOUT;
    poll(&p, 1, 250);
    while (poll(&p, 1, 0) > 0 && (p.revents & POLLIN))
        if (mosquitto_loop_read(m, 1) != MOSQ_ERR_SUCCESS) exit(1);
    while (mosquitto_want_write(m)) mosquitto_loop_write(m, 1);
    mosquitto_loop_misc(m);
}

static int actions(int port, long count) {
    mosquitto_lib_init();
    struct mosquitto *m = mosquitto_new("parts", true, NULL);
    mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_int_option(m, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_connect_callback_set(m, on_connect);
    mosquitto_publish_callback_set(m, on_publish);
    mosquitto_threaded_set(m, true);
    if (mosquitto_connect(m, "127.0.0.1", port, 30) != MOSQ_ERR_SUCCESS) return 1;
    while (!isConnected) turn(m);
    double start = now(), used = cpu();
    for (long sent = 0; acknowledged < count;) {
        for (; sent < count && sent - acknowledged < 20; sent++) {
            char body[128];
            int size = snprintf(body, sizeof body,
                                "{ \"id\": %ld, \"device\": \"small-d01\", \"label\": \"pass\", "
                                "\"score\": 0.98125 }", sent);
            mosquitto_publish(m, NULL, "alerts/parts", size, body, 1, false);
        }
        turn(m);
    }
    say(start, used);
    return 0;
}

static void check(int result, sqlite3 *db) {
    if (result == SQLITE_OK || result == SQLITE_DONE || result == SQLITE_ROW) return;
    fprintf(stderr, "%s\n", sqlite3_errmsg(db));
    exit(1);
}

static void run(sqlite3 *db, const char *sql) { check(sqlite3_exec(db, sql, NULL, NULL, NULL), db); }

static int rows(const char *path, long count, long batch, bool takesOut) {
    sqlite3 *db;
    sqlite3_stmt *insert, *take, *query;
    check(sqlite3_open(path, &db), db);
    run(db, "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
    check(sqlite3_prepare_v2(db, "PRAGMA synchronous", -1, &query, NULL), db);
    if (sqlite3_step(query) != SQLITE_ROW || sqlite3_column_int(query, 0) != 2) return 1;
    sqlite3_finalize(query);
    run(db, "CREATE TABLE entries (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, stream INTEGER NOT "
            "NULL, kind INTEGER NOT NULL, priority INTEGER NOT NULL, device TEXT NOT NULL, policy TEXT "
            "NOT NULL, policy_version TEXT NOT NULL, attempts INTEGER NOT NULL, stored_at INTEGER NOT "
            "NULL, stored_clock INTEGER NOT NULL, expires INTEGER, body BLOB NOT NULL) STRICT;"
            "CREATE INDEX entries_by_stream ON entries(stream)");
    check(sqlite3_prepare_v2(db, "INSERT INTO entries VALUES (?,?,?,1,1,?,'small','0123456789ab',0,?,?,"
                                 "NULL,?)", -1, &insert, NULL), db);
    check(sqlite3_prepare_v2(db, "DELETE FROM entries WHERE id = ?", -1, &take, NULL), db);
    char body[300];
    memset(body, 'x', sizeof body);
    double start = now(), used = cpu();
    for (long id = 1; id <= count; id++) {
        if (id % batch == 1 || batch == 1) run(db, "BEGIN");
        char key[64], device[32];
        // Keys are hashes: spread over the index.
        snprintf(key, sizeof key, "%016llx%016llx:0:question",
                 (unsigned long long)id * 0x9E3779B97F4A7C15ULL,
                 (unsigned long long)id * 0xBF58476D1CE4E5B9ULL);
        snprintf(device, sizeof device, "small-d%02ld", id % 16);
        sqlite3_bind_int64(insert, 1, id);
        sqlite3_bind_text(insert, 2, key, -1, SQLITE_STATIC);
        sqlite3_bind_int64(insert, 3, id % 16);
        sqlite3_bind_text(insert, 4, device, -1, SQLITE_STATIC);
        sqlite3_bind_int64(insert, 5, id);
        sqlite3_bind_int64(insert, 6, id);
        sqlite3_bind_blob(insert, 7, body, sizeof body, SQLITE_STATIC);
        check(sqlite3_step(insert), db);
        sqlite3_reset(insert);
        if (id % batch == 0 || id == count) run(db, "COMMIT");
    }
    for (long id = 1; takesOut && id <= count; id++) {
        if (id % batch == 1 || batch == 1) run(db, "BEGIN");
        sqlite3_bind_int64(take, 1, id);
        check(sqlite3_step(take), db);
        sqlite3_reset(take);
        if (id % batch == 0 || id == count) run(db, "COMMIT");
    }
    say(start, used);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "actions") == 0) return actions(atoi(argv[2]), atol(argv[3]));
    if (argc != 5) return 2;
    return rows(argv[2], atol(argv[3]), atol(argv[4]), strcmp(argv[1], "rows") == 0);
}
