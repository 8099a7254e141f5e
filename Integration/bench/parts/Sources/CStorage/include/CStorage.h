// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How often this process has asked the system to put a file's data on disk.
uint64_t partsbench_syncs(void);

// From here to the next mark instructions are counted, where valgrind's callgrind runs the process.
void partsbench_begin(void);
// Writes what was counted since, under a name.
void partsbench_end(const char *name);

// Rows in a file of SQLite's, with the spool's settings and the table of the spool at `model`: the least that
// storing them can cost.
struct partsbench_rows;

// Makes the file; NULL, and why in `problem`, where SQLite does not take the settings.
struct partsbench_rows *partsbench_rows_open(const char *path, const char *model, char *problem, size_t size);
// Stores `count` rows from number `first` on in one transaction; their content has `size` bytes. False on failure.
bool partsbench_rows_insert(struct partsbench_rows *rows, int64_t first, int count, const void *body, int size);
void partsbench_rows_close(struct partsbench_rows *rows);
