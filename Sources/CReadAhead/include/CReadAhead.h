// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// Fewer system calls for a library that reads and writes its socket a few bytes at a time.
//
// libmosquitto asks the system four times for each message: type, length, length, the rest. This file
// puts a `read` of the program's own before the C library's, as an allocator of one's own is put before
// malloc: while a thread has lent a buffer to a descriptor, the first `read` of it fetches as much as there
// is, and those that follow are served from the buffer. It also writes each packet by itself, and a byte to a
// pair of sockets for each that it queues; a `write` of the program's own gathers the one and spares the other.
// Every other `read` and `write` is the system's and nothing else. Where the linker does not let a
// program do that, nothing is read ahead or gathered, and all still works.

#ifndef SLUICE_READ_AHEAD_H
#define SLUICE_READ_AHEAD_H

#include <stdbool.h>
#include <stddef.h>

struct sluice_read_ahead;

// False in a build under a sanitizer, where `read` and `write` stay the sanitizer's.
bool sluice_read_ahead_works(void);

// Buffers for the life of one socket, whose bytes are its alone; NULL without memory.
struct sluice_read_ahead *sluice_read_ahead_make(void);

void sluice_read_ahead_free(struct sluice_read_ahead *ahead);

// Until the thread lends another, or NULL, its reads of `descriptor` go through `ahead`, and its writes to it
// leave at once.
void sluice_read_ahead_lend(struct sluice_read_ahead *ahead, int descriptor);

// The same, but what it writes is kept for `sluice_write_together_flush`; what has no room goes out before.
void sluice_write_together_lend(struct sluice_read_ahead *ahead, int descriptor);

// What the thread has lent; NULL when nothing.
struct sluice_read_ahead *sluice_read_ahead_lent(void);

// Lends again what was lent before, as it was.
void sluice_read_ahead_return(struct sluice_read_ahead *former);

// How many bytes have been fetched and not asked for, which poll cannot see.
size_t sluice_read_ahead_pending(const struct sluice_read_ahead *ahead);

// How many bytes were written by the caller and are not the system's yet.
size_t sluice_write_together_pending(const struct sluice_read_ahead *ahead);

// Writes what was gathered, as much of it as `descriptor` takes; false, and errno, when it fails.
bool sluice_write_together_flush(struct sluice_read_ahead *ahead, int descriptor);

#endif
