// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
// Fortified headers define a `read` of their own.
#undef _FORTIFY_SOURCE

#include "CReadAhead.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// Some hundred messages; what is asked for in larger pieces is not copied twice.
#define CAPACITY ((size_t)64 << 10)
#define LARGE (CAPACITY / 4)

struct sluice_read_ahead {
    int descriptor;
    // Of the library's own, and known to take nothing more; -1 while it is not known.
    int bell;
    bool gathers;
    size_t next, end;
    size_t written, gathered;
    unsigned char bytes[CAPACITY];
    unsigned char out[LARGE];
};

static _Thread_local struct sluice_read_ahead *lent;

struct sluice_read_ahead *sluice_read_ahead_make(void) {
    struct sluice_read_ahead *ahead = malloc(sizeof *ahead);
    if (ahead == NULL) return NULL;
    ahead->descriptor = ahead->bell = -1;
    ahead->gathers = false;
    ahead->next = ahead->end = 0;
    ahead->written = ahead->gathered = 0;
    return ahead;
}

void sluice_read_ahead_free(struct sluice_read_ahead *ahead) {
    if (lent == ahead) lent = NULL;
    free(ahead);
}

void sluice_read_ahead_lend(struct sluice_read_ahead *ahead, int descriptor) {
    if (ahead != NULL) {
        ahead->descriptor = descriptor;
        ahead->gathers = false;
    }
    lent = ahead;
}

void sluice_write_together_lend(struct sluice_read_ahead *ahead, int descriptor) {
    sluice_read_ahead_lend(ahead, descriptor);
    ahead->gathers = true;
}

struct sluice_read_ahead *sluice_read_ahead_lent(void) { return lent; }

void sluice_read_ahead_return(struct sluice_read_ahead *former) { lent = former; }

size_t sluice_read_ahead_pending(const struct sluice_read_ahead *ahead) {
    return ahead->end - ahead->next;
}

size_t sluice_write_together_pending(const struct sluice_read_ahead *ahead) {
    return ahead->gathered - ahead->written;
}

bool sluice_write_together_flush(struct sluice_read_ahead *ahead, int descriptor) {
    while (ahead->written < ahead->gathered) {
        ssize_t sent = syscall(SYS_write, descriptor, ahead->out + ahead->written,
                               ahead->gathered - ahead->written);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return errno == EAGAIN;
        ahead->written += (size_t)sent;
    }
    ahead->written = ahead->gathered = 0;
    return true;
}

// The sanitizers have a `read` and a `write` of their own, by which they learn what one thread hands to another
// through a descriptor; they must stay theirs.
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

// What else is written is left to whoever comes next: a library loaded before the C library's, such as one
// that lets a disk fail, must see it.
static ssize_t write_otherwise(int descriptor, const void *from, size_t count) {
    typedef ssize_t function(int, const void *, size_t);
    static _Atomic(function *) known;
    function *next = atomic_load_explicit(&known, memory_order_relaxed);
    if (next == NULL) {
        next = (function *)dlsym(RTLD_NEXT, "write");
        if (next == NULL) return syscall(SYS_write, descriptor, from, count);
        atomic_store_explicit(&known, next, memory_order_relaxed);
    }
    return next(descriptor, from, count);
}

// The library wakes a thread of its own with a zero byte for each packet that it queues. Nobody reads them
// here, so that soon there is no room for more, and from then on the system need not be asked.
static ssize_t ring(struct sluice_read_ahead *ahead, int descriptor, const void *from) {
    if (descriptor == ahead->bell) return 1;
    ssize_t written = write_otherwise(descriptor, from, 1);
    if (written < 0 && errno == EAGAIN) {
        int domain = 0;
        socklen_t size = sizeof domain;
        if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX)
            ahead->bell = descriptor;
        errno = EAGAIN;
    }
    return written;
}

ssize_t write(int descriptor, const void *from, size_t count) {
    struct sluice_read_ahead *ahead = lent;
    if (ahead == NULL) return write_otherwise(descriptor, from, count);
    if (descriptor != ahead->descriptor) {
        if (count == 1 && *(const char *)from == 0) return ring(ahead, descriptor, from);
        return write_otherwise(descriptor, from, count);
    }
    if (!ahead->gathers) return write_otherwise(descriptor, from, count);
    if (count > LARGE - ahead->gathered) {
        if (!sluice_write_together_flush(ahead, descriptor)) return -1;
        if (ahead->gathered > 0) {
            errno = EAGAIN;
            return -1;
        }
        if (count > LARGE) return write_otherwise(descriptor, from, count);
    }
    memcpy(ahead->out + ahead->gathered, from, count);
    ahead->gathered += count;
    return (ssize_t)count;
}
#endif
