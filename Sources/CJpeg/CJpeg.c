// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

#include "CJpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jpeglib.h>
#include <jerror.h>

typedef struct {
    struct jpeg_error_mgr library;
    struct jpeg_progress_mgr progress;
    jmp_buf way_out;
    cjpeg_fault *fault;
    int most_scans;
    int64_t end;
} guard;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static guard *guard_of(j_common_ptr info) { return (guard *)info->err; }

static void leave(guard *self, int status, const char *message) {
    self->fault->status = status;
    snprintf(self->fault->message, sizeof self->fault->message, "%s", message);
    longjmp(self->way_out, 1);
}

static void leave_with_words(j_common_ptr info, int status) {
    char words[JMSG_LENGTH_MAX];
    (*info->err->format_message)(info, words);
    leave(guard_of(info), status, words);
}

static void on_error(j_common_ptr info) {
    int status = CJPEG_DAMAGED;
    switch (info->err->msg_code) {
    case JERR_OUT_OF_MEMORY:
    case JERR_NO_BACKING_STORE:
        status = CJPEG_OUT_OF_MEMORY;
        break;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_J_COLORSPACE:
    case JERR_BAD_PRECISION:
    case JERR_CCIR601_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
        status = CJPEG_UNSUPPORTED;
        break;
    }
    leave_with_words(info, status);
}

// libjpeg calls damage a warning and goes on with made-up pixels. A model would judge those, so damage
// ends the decode; what is only untidy does not.
static void on_message(j_common_ptr info, int level) {
    if (level >= 0) return;
    switch (info->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
        return;
    }
    leave_with_words(info, CJPEG_DAMAGED);
}

static void on_progress(j_common_ptr info) {
    guard *self = guard_of(info);
    if (info->is_decompressor) {
        int scan = ((j_decompress_ptr)info)->input_scan_number;
        if (scan > self->most_scans) leave(self, CJPEG_TOO_MANY_SCANS, "too many scans");
    }
    if (now() > self->end) leave(self, CJPEG_OUT_OF_TIME, "out of time");
}

static void prepare(struct jpeg_decompress_struct *info, guard *self, cjpeg_fault *fault) {
    memset(info, 0, sizeof *info);
    memset(self, 0, sizeof *self);
    fault->status = CJPEG_OK;
    fault->message[0] = 0;
    self->fault = fault;
    self->end = INT64_MAX;
    self->most_scans = INT32_MAX;
    info->err = jpeg_std_error(&self->library);
    self->library.error_exit = on_error;
    self->library.emit_message = on_message;
}

static void begin(struct jpeg_decompress_struct *info, guard *self, const uint8_t *bytes,
                  size_t count) {
    jpeg_create_decompress(info);
    self->progress.progress_monitor = on_progress;
    info->progress = &self->progress;
    jpeg_mem_src(info, bytes, count);
    jpeg_read_header(info, TRUE);
}

int cjpeg_read_header(const uint8_t *bytes, size_t count, cjpeg_header *header,
                      cjpeg_fault *fault) {
    struct jpeg_decompress_struct info;
    guard self;
    prepare(&info, &self, fault);
    if (setjmp(self.way_out)) {
        jpeg_destroy_decompress(&info);
        return fault->status;
    }
    begin(&info, &self, bytes, count);
    header->width = (int32_t)info.image_width;
    header->height = (int32_t)info.image_height;
    header->components = info.num_components;
    header->is_grey = info.jpeg_color_space == JCS_GRAYSCALE;
    jpeg_destroy_decompress(&info);
    return CJPEG_OK;
}

int32_t cjpeg_scaled(int32_t side, int32_t denominator) {
    return (int32_t)(((int64_t)side + denominator - 1) / denominator);
}

// Printers' inks to light: without colour profiles, as Pillow does it.
static void lighten(const uint8_t *inks, uint8_t *row, size_t width, int is_inverted, int is_grey) {
    for (size_t x = 0; x < width; x++) {
        unsigned light[3];
        unsigned black = inks[4 * x + 3];
        unsigned rest = is_inverted ? black : 255 - black;
        for (int c = 0; c < 3; c++) {
            unsigned ink = inks[4 * x + c];
            unsigned product = (is_inverted ? 255 - ink : ink) * rest + 128;
            light[c] = rest - (((product >> 8) + product) >> 8);
        }
        if (is_grey) {
            row[x] = (uint8_t)((light[0] * 19595 + light[1] * 38470 + light[2] * 7471 + 0x8000) >> 16);
        } else {
            for (int c = 0; c < 3; c++) row[3 * x + c] = (uint8_t)light[c];
        }
    }
}

int cjpeg_decode(const uint8_t *bytes, size_t count, const cjpeg_options *options, uint8_t *pixels,
                 size_t capacity, cjpeg_fault *fault) {
    struct jpeg_decompress_struct info;
    guard self;
    prepare(&info, &self, fault);
    self.most_scans = options->most_scans;
    int64_t start = now();
    self.end = options->most_nanoseconds > INT64_MAX - start ? INT64_MAX
                                                             : start + options->most_nanoseconds;
    if (setjmp(self.way_out)) {
        // Everything libjpeg made, the row of inks included, is in its own pools.
        jpeg_destroy_decompress(&info);
        return fault->status;
    }
    begin(&info, &self, bytes, count);
    info.mem->max_memory_to_use = (long)options->most_memory;
    info.scale_num = 1;
    info.scale_denom = (unsigned)options->denominator;
    info.dct_method = JDCT_ISLOW;
    int has_inks = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    int channels = options->wants_grey ? 1 : 3;
    // Brightness is a channel of its own in most frames, and free; of red, green and blue it is made.
    int makes_grey = options->wants_grey && info.jpeg_color_space == JCS_RGB;
    if (has_inks) {
        info.out_color_space = JCS_CMYK;
    } else if (options->wants_grey && !makes_grey) {
        info.out_color_space = JCS_GRAYSCALE;
    } else {
        info.out_color_space = JCS_RGB;
    }
    jpeg_start_decompress(&info);
    size_t width = info.output_width;
    size_t stride = width * (size_t)channels;
    if (stride == 0 || capacity / stride != info.output_height || capacity % stride != 0) {
        leave(&self, CJPEG_WRONG_SIZE, "the frame is not as large as its header said");
    }
    JSAMPARRAY other = NULL;
    if (has_inks || makes_grey) {
        other = (*info.mem->alloc_sarray)((j_common_ptr)&info, JPOOL_IMAGE,
                                          (JDIMENSION)(width * (size_t)info.output_components), 1);
    }
    while (info.output_scanline < info.output_height) {
        uint8_t *row = pixels + info.output_scanline * stride;
        if (now() > self.end) leave(&self, CJPEG_OUT_OF_TIME, "out of time");
        JSAMPROW place = row;
        if (jpeg_read_scanlines(&info, other ? other : &place, 1) != 1) {
            leave(&self, CJPEG_DAMAGED, "the frame ends early");
        }
        if (has_inks) {
            lighten(other[0], row, width, info.saw_Adobe_marker, channels == 1);
        } else if (makes_grey) {
            for (size_t x = 0; x < width; x++) {
                const uint8_t *light = other[0] + 3 * x;
                row[x] = (uint8_t)((light[0] * 19595u + light[1] * 38470u + light[2] * 7471u
                                    + 0x8000u) >> 16);
            }
        }
    }
    jpeg_destroy_decompress(&info);
    return CJPEG_OK;
}
