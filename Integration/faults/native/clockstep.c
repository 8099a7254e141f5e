// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0
//
// A time of day that is set while one process runs: LD_PRELOAD=clockstep.so, with one variable.
//
//   CLOCKSTEP_OFFSET  a file of one 64-bit number, mapped: nanoseconds by which the clock is off
//
// As the kernel does it: a wait until a time of day ends when the clock that was set gets there. (libfaketime
// turns such waits into lengths when they begin, and so hides what a clock set back does to them.) Swift's and
// Dispatch's waits with a limit are `sem_timedwait` and `pthread_cond_timedwait`.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t second = 1000000000, look = 20000000;
static volatile int64_t none, *offset = &none;
static int (*real_sem)(sem_t *, const struct timespec *);
static int (*real_cond)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

__attribute__((constructor)) static void begin(void) {
    real_sem = dlsym(RTLD_NEXT, "sem_timedwait");
    real_cond = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    const char *path = getenv("CLOCKSTEP_OFFSET");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *mapped = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED) offset = mapped;
    close(fd);
}

static int64_t real_now(void) {
    struct timespec time;
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &time);
    return time.tv_sec * second + time.tv_nsec;
}

static struct timespec at(int64_t time) { return (struct timespec){time / second, time % second}; }

// The real time at which to look again: a clock that is set may bring the end nearer, or take it away.
static struct timespec next_look(const struct timespec *end, int *is_last) {
    int64_t now = real_now(), left = end->tv_sec * second + end->tv_nsec - (now + *offset);
    *is_last = left <= look;
    return at(now + (left < 0 ? 0 : *is_last ? left : look));
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        *time = at(time->tv_sec * second + time->tv_nsec + *offset);
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    int64_t now = real_now() + *offset;
    *time = (struct timeval){now / second, now % second / 1000};
    return 0;
}

time_t time(time_t *result) {
    time_t now = (real_now() + *offset) / second;
    if (result) *result = now;
    return now;
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict end) {
    for (;;) {
        int is_last;
        struct timespec until = next_look(end, &is_last);
        if (real_sem(semaphore, &until) == 0) return 0;
        if (errno != ETIMEDOUT || is_last) return -1;
    }
}

// For conditions that wait by the time of day, which is what they do unless made otherwise. Those on the
// monotonic clock are told by their times: no machine has been up for 30 years.
int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict end) {
    if (end->tv_sec < 30LL * 365 * 86400) return real_cond(condition, mutex, end);
    int is_last;
    struct timespec until = next_look(end, &is_last);
    int result = real_cond(condition, mutex, &until);
    // A look that is not the last is a spurious wake, which every caller must allow for.
    return result == ETIMEDOUT && !is_last ? 0 : result;
}
