// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
// Fortified headers define a `read` of their own.
#undef _FORTIFY_SOURCE

#include "CReadAhead.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// Some hundred messages; what is asked for in larger pieces is not copied twice.
#define CAPACITY ((size_t)64 << 10)
#define LARGE (CAPACITY / 4)

struct sluice_read_ahead {
    int descriptor;
    size_t next, end;
    unsigned char bytes[CAPACITY];
};

static _Thread_local struct sluice_read_ahead *lent;

struct sluice_read_ahead *sluice_read_ahead_make(void) {
    struct sluice_read_ahead *ahead = malloc(sizeof *ahead);
    if (ahead == NULL) return NULL;
    ahead->descriptor = -1;
    ahead->next = ahead->end = 0;
    return ahead;
}

void sluice_read_ahead_free(struct sluice_read_ahead *ahead) {
    if (lent == ahead) lent = NULL;
    free(ahead);
}

void sluice_read_ahead_lend(struct sluice_read_ahead *ahead, int descriptor) {
    if (ahead != NULL) ahead->descriptor = descriptor;
    lent = ahead;
}

size_t sluice_read_ahead_pending(const struct sluice_read_ahead *ahead) {
    return ahead->end - ahead->next;
}

// The sanitizers have a `read` of their own, by which they learn what one thread hands to another through a
// descriptor; it must stay theirs.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define IS_LEFT_ALONE 1
#endif
#endif

#ifdef IS_LEFT_ALONE
bool sluice_read_ahead_works(void) { return false; }
#else
bool sluice_read_ahead_works(void) { return true; }

// In place of the C library's, whose `read` would also be a point where the thread may be cancelled:
// nobody cancels threads here, and to say so to each call costs as much as a small one.
ssize_t read(int descriptor, void *to, size_t count) {
    struct sluice_read_ahead *ahead = lent;
    if (ahead == NULL || ahead->descriptor != descriptor)
        return syscall(SYS_read, descriptor, to, count);
    if (ahead->next == ahead->end) {
        if (count >= LARGE) return syscall(SYS_read, descriptor, to, count);
        ssize_t fetched = syscall(SYS_read, descriptor, ahead->bytes, CAPACITY);
        if (fetched <= 0) return fetched;
        ahead->next = 0;
        ahead->end = (size_t)fetched;
    }
    size_t waiting = ahead->end - ahead->next;
    size_t taken = count < waiting ? count : waiting;
    memcpy(to, ahead->bytes + ahead->next, taken);
    ahead->next += taken;
    return (ssize_t)taken;
}
#endif
