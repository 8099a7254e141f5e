// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0
//
// A disk that fails, for one process: LD_PRELOAD=faultio.so, with two variables.
//
//   FAULTIO_MATCH   only files whose path contains this
//   FAULTIO_CONTROL a file of `struct control`, mapped; whoever writes to it changes what happens
//
// Reads are left alone. Counts what it did in the same file.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

// Eight doubles to set, eight 64-bit counts to read.
struct control {
    double write_error;   // share of writes that fail with EIO
    double sync_error;    // share of fsyncs that fail with EIO
    double short_write;   // share of writes that write half
    double full;          // not 0: writes that make a file longer fail with ENOSPC
    double delay;         // seconds added to an fsync
    double no_sync;       // not 0: an fsync does nothing and says it has
    double unused[2];
    uint64_t writes, syncs, failed_writes, failed_syncs, short_writes, full_writes, skipped, spare;
};

static struct control *control;
static const char *match;
static __thread uint64_t chance;
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static int (*real_fsync)(int), (*real_fdatasync)(int), (*real_ftruncate)(int, off64_t);

__attribute__((constructor)) static void begin(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    match = getenv("FAULTIO_MATCH");
    const char *path = getenv("FAULTIO_CONTROL");
    if (!path || !match) return;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    void *mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED) control = mapped;
    close(fd);
}

static int is_ours(int fd) {
    if (!control) return 0;
    char link[48], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int saved = errno;
    ssize_t n = readlink(link, path, sizeof path - 1);
    errno = saved;
    if (n <= 0 || path[0] != '/') return 0;
    path[n] = 0;
    return strstr(path, match) != NULL;
}

static int happens(double share) {
    if (share <= 0) return 0;
    if (chance == 0) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        chance = (uint64_t)t.tv_nsec * 2654435761u + (uint64_t)(uintptr_t)&chance + 1;
    }
    chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
    return (double)(chance >> 11) * 0x1p-53 < share;
}

static void count(uint64_t *which) { __atomic_fetch_add(which, 1, __ATOMIC_RELAXED); }

// Answers -1 to fail the write, otherwise how many bytes of it to write.
static ssize_t judge(int fd, size_t size, off64_t end) {
    if (!is_ours(fd)) return (ssize_t)size;
    count(&control->writes);
    if (control->full != 0 && end > lseek64(fd, 0, SEEK_END)) {
        count(&control->full_writes);
        errno = ENOSPC;
        return -1;
    }
    if (happens(control->write_error)) {
        count(&control->failed_writes);
        errno = EIO;
        return -1;
    }
    if (size > 1 && happens(control->short_write)) {
        count(&control->short_writes);
        return (ssize_t)(size / 2);
    }
    return (ssize_t)size;
}

ssize_t write(int fd, const void *bytes, size_t size) {
    ssize_t n = control && is_ours(fd) ? judge(fd, size, lseek64(fd, 0, SEEK_CUR) + (off64_t)size)
                                       : (ssize_t)size;
    return n < 0 ? -1 : real_write(fd, bytes, (size_t)n);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
    ssize_t n = judge(fd, size, at + (off64_t)size);
    return n < 0 ? -1 : real_pwrite(fd, bytes, (size_t)n, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
    return pwrite64(fd, bytes, size, at);
}

static int sync_or_not(int fd, int (*real)(int)) {
    if (!is_ours(fd)) return real(fd);
    count(&control->syncs);
    if (control->delay > 0) {
        struct timespec t = {(time_t)control->delay,
                             (long)((control->delay - (double)(time_t)control->delay) * 1e9)};
        nanosleep(&t, NULL);
    }
    if (happens(control->sync_error)) {
        count(&control->failed_syncs);
        errno = EIO;
        return -1;
    }
    if (control->no_sync != 0) {
        count(&control->skipped);
        return 0;
    }
    return real(fd);
}

int fsync(int fd) { return sync_or_not(fd, real_fsync); }
int fdatasync(int fd) { return sync_or_not(fd, real_fdatasync); }

int ftruncate64(int fd, off64_t size) {
    if (is_ours(fd) && happens(control->write_error)) {
        count(&control->failed_writes);
        errno = EIO;
        return -1;
    }
    return real_ftruncate(fd, size);
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }
