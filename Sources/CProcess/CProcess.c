// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE

#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

extern char **environ;

int sluice_process_memory_file(const void *bytes, size_t count, int *out) {
    int file = memfd_create("sluice-model", MFD_CLOEXEC);
    if (file < 0) return errno;
    const char *next = bytes;
    while (count > 0) {
        ssize_t written = write(file, next, count);
        if (written < 0) {
            if (errno == EINTR) continue;
            int error = errno;
            close(file);
            return error;
        }
        next += written;
        count -= (size_t)written;
    }
    lseek(file, 0, SEEK_SET);
    *out = file;
    return 0;
}

// Copies of `descriptors` above any place they are to have in the child, so that none is written over
// before it has been moved.
static int lifted(const int *descriptors, size_t count, int *out) {
    for (size_t index = 0; index < count; index++) {
        out[index] = fcntl(descriptors[index], F_DUPFD_CLOEXEC, (int)count + 16);
        if (out[index] < 0) {
            int error = errno;
            while (index > 0) close(out[--index]);
            return error;
        }
    }
    return 0;
}

int sluice_process_spawn(const char *path, char *const *arguments, const int *descriptors,
                         size_t count, int32_t *out) {
    int *copies = calloc(count + 1, sizeof *copies);
    if (copies == NULL) return ENOMEM;
    int error = lifted(descriptors, count, copies);
    if (error != 0) {
        free(copies);
        return error;
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&actions, 0, 1);
    posix_spawn_file_actions_adddup2(&actions, 0, 2);
    for (size_t index = 0; index < count; index++) {
        posix_spawn_file_actions_adddup2(&actions, copies[index], 3 + (int)index);
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, 3 + (int)count);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t child = 0;
    error = posix_spawn(&child, path, &actions, &attributes, arguments, environ);
    *out = child;
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    for (size_t index = 0; index < count; index++) close(copies[index]);
    free(copies);
    return error;
}

static int limit(int resource, rlim_t most) {
    struct rlimit limits = {most, most};
    return setrlimit(resource, &limits) == 0 ? 0 : errno;
}

int sluice_process_confine(uint64_t memory, unsigned seconds) {
    alarm(seconds);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
    int error = limit(RLIMIT_CORE, 0);
    if (error == 0) error = limit(RLIMIT_CPU, seconds);
    if (error == 0) error = limit(RLIMIT_AS, (rlim_t)memory);
    return error;
}
