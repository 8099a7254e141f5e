// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0
//
// Cuts the power of a file system: nothing that is not on the disk by now ever gets there.
//
//   godown MOUNT
//
// FS_IOC_SHUTDOWN without flushing the journal. Stop (SIGSTOP) whoever writes there first: an fsync
// that overlaps it can otherwise answer 0 for bytes that are gone.

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define SHUTDOWN _IOR('X', 125, uint32_t)

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    uint32_t no_log_flush = 2;
    int fd = open(argv[1], O_RDONLY);
    if (fd < 0 || ioctl(fd, SHUTDOWN, &no_log_flush) != 0) {
        perror(argv[1]);
        return 1;
    }
    return 0;
}
