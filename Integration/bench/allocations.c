// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into a program, counts what it allocates: calls from libmosquitto (three a message, which
// are the library's own), from ONNX Runtime (some dozens a run, through libstdc++ for the most part,
// which nothing else here allocates by once it runs), and all others.
//
//   LD_PRELOAD=liballocations.so ALLOCATIONS=FILE program
//
// FILE becomes three 64-bit counts, others' first, kept up to date in place. glibc only.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static _Atomic uint64_t fallback[3];
static _Atomic uint64_t *counts = fallback;

// Where the code of a library is, once it is loaded, and whose count its calls go to.
static struct library {
    const char *name;
    int count;
    uintptr_t first, last;
} libraries[] = {{"libmosquitto.so", 1, 0, 0}, {"libonnxruntime.so", 2, 0, 0}, {"libstdc++.so", 2, 0, 0}};
#define LIBRARIES (sizeof libraries / sizeof *libraries)

static int find_libraries(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size, (void)context;
    for (size_t which = 0; which < LIBRARIES; which++) {
        if (!strstr(info->dlpi_name, libraries[which].name)) continue;
        for (int i = 0; i < info->dlpi_phnum; i++) {
            const ElfW(Phdr) *part = &info->dlpi_phdr[i];
            if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
            libraries[which].first = info->dlpi_addr + part->p_vaddr;
            libraries[which].last = libraries[which].first + part->p_memsz;
        }
    }
    return 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("ALLOCATIONS");
    if (!path) return;
    int fd = open(path, O_RDWR | O_CREAT, 0644);
    if (fd < 0 || ftruncate(fd, 24) != 0) return;
    void *memory = mmap(NULL, 24, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (memory != MAP_FAILED) counts = memory;
    // Children are programs of their own.
    unsetenv("ALLOCATIONS");
    unsetenv("LD_PRELOAD");
}

static void count(const void *caller) {
    static _Atomic uint64_t calls;
    static _Thread_local int is_looking;
    // The runtime is loaded while the program runs.
    if (!is_looking && (atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed) & 0x3FFF) == 0) {
        is_looking = 1;
        dl_iterate_phdr(find_libraries, NULL);
        is_looking = 0;
    }
    uintptr_t from = (uintptr_t)caller;
    int place = 0;
    for (size_t which = 0; which < LIBRARIES; which++) {
        const struct library *one = &libraries[which];
        if (from >= one->first && from < one->last) place = one->count;
    }
    atomic_fetch_add_explicit(&counts[place], 1, memory_order_relaxed);
}

void *malloc(size_t size) {
    count(__builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(__builtin_return_address(0));
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    count(__builtin_return_address(0));
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count(__builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    count(__builtin_return_address(0));
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : 12;
}
