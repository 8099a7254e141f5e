// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// libjpeg's error handling is a longjmp, which must not cross a frame of Swift's: each function here
// sets its own return point, cleans up after itself and answers with a status. Nothing is written to
// standard error and nothing calls exit().
//
// The plain libjpeg interface and not TurboJPEG's: only its progress monitor lets a caller bound the
// scans and the time of a decode, and it is the library's smaller half.

#ifndef CJPEG_H
#define CJPEG_H

#include <stddef.h>
#include <stdint.h>

enum {
    CJPEG_OK = 0,
    CJPEG_DAMAGED = 1,       // not a JPEG, or one with damage; `message` has libjpeg's words
    CJPEG_UNSUPPORTED = 2,   // a JPEG of a kind libjpeg does not decode
    CJPEG_TOO_MANY_SCANS = 3,
    CJPEG_OUT_OF_TIME = 4,
    CJPEG_OUT_OF_MEMORY = 5,
    CJPEG_WRONG_SIZE = 6,    // `pixels` is not as large as the frame
};

typedef struct {
    int status;
    char message[200];
} cjpeg_fault;

typedef struct {
    int32_t width;
    int32_t height;
    int32_t components;
    int32_t is_grey;         // one channel of brightness
} cjpeg_header;

typedef struct {
    int32_t denominator;     // 1, 2, 4 or 8: the frame is decoded at this fraction of its size
    int32_t wants_grey;      // one channel out instead of red, green, blue
    int32_t most_scans;
    int64_t most_nanoseconds;
    int64_t most_memory;     // bytes libjpeg may use beside `pixels`
} cjpeg_options;

// Reads the header alone.
int cjpeg_read_header(const uint8_t *bytes, size_t count, cjpeg_header *header, cjpeg_fault *fault);

// What one side of `side` pixels measures when decoded at 1/denominator.
int32_t cjpeg_scaled(int32_t side, int32_t denominator);

// Decodes into `pixels`, row after row without gaps, `capacity` bytes: scaled width x scaled height x
// (1 or 3).
int cjpeg_decode(const uint8_t *bytes, size_t count, const cjpeg_options *options, uint8_t *pixels,
                 size_t capacity, cjpeg_fault *fault);

#endif
