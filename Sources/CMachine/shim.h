// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// The kernel's word on the clock and on file systems, which Swift's Glibc leaves out.
#include <sys/timex.h>
#include <sys/vfs.h>
