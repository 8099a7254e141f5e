// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// libpng's error handling is a longjmp, which must not cross a frame of Swift's: each function here
// sets its own return point, cleans up after itself and answers with a status. Nothing is written to
// standard error and nothing calls exit().

#ifndef CPNG_H
#define CPNG_H

#include <stddef.h>
#include <stdint.h>

enum {
    CPNG_OK = 0,
    CPNG_DAMAGED = 1,        // not a PNG, or one with damage; `message` has libpng's words
    CPNG_OUT_OF_TIME = 2,
    CPNG_OUT_OF_MEMORY = 3,
    CPNG_WRONG_SIZE = 4,     // `pixels` is not as large as the frame
};

typedef struct {
    int status;
    char message[200];
} cpng_fault;

typedef struct {
    int32_t width;
    int32_t height;
    int32_t channels;        // what it decodes to: 1 of brightness, or 3 of red, green, blue
    int32_t bit_depth;       // in the file
} cpng_header;

// Reads the header alone.
int cpng_read_header(const uint8_t *bytes, size_t count, cpng_header *header, cpng_fault *fault);

// Decodes into `pixels`, row after row without gaps, `capacity` bytes: width x height x channels.
// Alpha is taken away; sixteen bits a sample become the upper eight.
int cpng_decode(const uint8_t *bytes, size_t count, int64_t most_nanoseconds, uint8_t *pixels,
                size_t capacity, cpng_fault *fault);

// Encodes rows of eight-bit samples without gaps, one channel or three, and sets `*bytes` to memory of
// `*count` bytes that cpng_free gives back.
int cpng_encode(const uint8_t *pixels, int32_t width, int32_t height, int32_t channels,
                uint8_t **bytes, size_t *count, cpng_fault *fault);

void cpng_free(uint8_t *bytes);

#endif
