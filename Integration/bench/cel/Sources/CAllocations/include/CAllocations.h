// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <stdint.h>

// How often this process has asked the C library for memory.
uint64_t celbench_allocations(void);
