// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// zlib's entry points are macros that pass the header's version, which Swift cannot call.

#ifndef CZLIB_H
#define CZLIB_H

#include <stddef.h>
#include <stdint.h>

// How many bytes `count` bytes can become at most.
size_t czlib_gzip_bound(size_t count);

// Writes `bytes` as one gzip member (RFC 1952) into `output`; how long it is, or 0 when it fails.
size_t czlib_gzip(const uint8_t *bytes, size_t count, uint8_t *output, size_t capacity);

#endif
