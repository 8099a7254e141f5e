// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// Stands in front of the C library's calls that wait for a disk, for the whole process, and counts them. And marks
// for callgrind, which are nothing to any other run.

#include "CStorage.h"
#include <sys/syscall.h>
#include <unistd.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#endif

static uint64_t syncs;

uint64_t partsbench_syncs(void) { return __atomic_load_n(&syncs, __ATOMIC_RELAXED); }

int fsync(int file) {
    __atomic_fetch_add(&syncs, 1, __ATOMIC_RELAXED);
    return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    __atomic_fetch_add(&syncs, 1, __ATOMIC_RELAXED);
    return (int)syscall(SYS_fdatasync, file);
}

#ifdef RUNNING_ON_VALGRIND
void partsbench_begin(void) { CALLGRIND_START_INSTRUMENTATION; CALLGRIND_ZERO_STATS; }

void partsbench_end(const char *name) {
    CALLGRIND_DUMP_STATS_AT(name);
    CALLGRIND_STOP_INSTRUMENTATION;
}
#else
void partsbench_begin(void) {}
void partsbench_end(const char *name) { (void)name; }
#endif
