// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// A child process for what may crash or hang: the calls that Swift's view of the C library lacks.
// Every function gives 0, or the number of the error.

#ifndef SLUICE_PROCESS_H
#define SLUICE_PROCESS_H

#include <stddef.h>
#include <stdint.h>

// A file in memory without a name, closed when another program is begun. `bytes` are written to it,
// and it is read from its beginning.
int sluice_process_memory_file(const void *bytes, size_t count, int *out);

// Begins the program at `path` with `arguments`, ended by NULL. The child has nothing open but
// /dev/null as 0, 1 and 2, and `descriptors` as 3 and so on; all its signals are as by default.
int sluice_process_spawn(const char *path, char *const *arguments, const int *descriptors,
                         size_t count, int32_t *out);

// Confines this process: at most so much address space, processor time and time, no core file; and it
// ends with the thread that began it.
int sluice_process_confine(uint64_t memory, unsigned seconds);

#endif
