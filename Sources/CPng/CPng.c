// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

#include "CPng.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <png.h>

// Bytes an auxiliary chunk may take; frames need none.
#define MOST_CHUNK_BYTES (1 << 20)
// libpng's own bound is lower; ours is the caller's, on what the header says.
#define MOST_SIDE 0x7fffffff

typedef struct {
    png_structp png;
    png_infop info;
    const uint8_t *next;
    size_t left;
    int64_t end;
    cpng_fault *fault;
    jmp_buf way_out;
} guard;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void leave(guard *self, int status, const char *message) {
    self->fault->status = status;
    snprintf(self->fault->message, sizeof self->fault->message, "%s", message);
    longjmp(self->way_out, 1);
}

static void on_error(png_structp png, png_const_charp message) {
    guard *self = png_get_error_ptr(png);
    int status = strstr(message, "ut of memory") ? CPNG_OUT_OF_MEMORY : CPNG_DAMAGED;
    leave(self, status, message);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void on_read(png_structp png, png_bytep place, size_t count) {
    guard *self = png_get_io_ptr(png);
    if (count > self->left) leave(self, CPNG_DAMAGED, "the frame ends early");
    if (now() > self->end) leave(self, CPNG_OUT_OF_TIME, "out of time");
    memcpy(place, self->next, count);
    self->next += count;
    self->left -= count;
}

static void clean_up(guard *self) {
    if (self->png) png_destroy_read_struct(&self->png, self->info ? &self->info : NULL, NULL);
}

static void prepare(guard *self, const uint8_t *bytes, size_t count, int64_t most_nanoseconds,
                    cpng_fault *fault) {
    memset(self, 0, sizeof *self);
    fault->status = CPNG_OK;
    fault->message[0] = 0;
    self->fault = fault;
    self->next = bytes;
    self->left = count;
    int64_t start = now();
    self->end = most_nanoseconds > INT64_MAX - start ? INT64_MAX : start + most_nanoseconds;
}

// Reads up to the pixels.
static void begin(guard *self) {
    // Chunks that can be large once decompressed and say nothing of the pixels.
    static const png_byte unread[] = "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0"
                                     "sBIT\0sCAL\0sPLT\0sRGB\0tEXt\0tIME\0zTXt";
    self->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, self, on_error, on_warning);
    if (!self->png) leave(self, CPNG_OUT_OF_MEMORY, "out of memory");
    self->info = png_create_info_struct(self->png);
    if (!self->info) leave(self, CPNG_OUT_OF_MEMORY, "out of memory");
    png_set_user_limits(self->png, MOST_SIDE, MOST_SIDE);
    png_set_chunk_malloc_max(self->png, MOST_CHUNK_BYTES);
    png_set_keep_unknown_chunks(self->png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
    png_set_keep_unknown_chunks(self->png, PNG_HANDLE_CHUNK_NEVER, unread,
                                (int)(sizeof unread / 5));
    png_set_read_fn(self->png, self, on_read);
    png_read_info(self->png, self->info);
}

int cpng_read_header(const uint8_t *bytes, size_t count, cpng_header *header, cpng_fault *fault) {
    guard self;
    prepare(&self, bytes, count, INT64_MAX, fault);
    if (setjmp(self.way_out)) {
        clean_up(&self);
        return fault->status;
    }
    begin(&self);
    header->width = (int32_t)png_get_image_width(self.png, self.info);
    header->height = (int32_t)png_get_image_height(self.png, self.info);
    int is_colour = (png_get_color_type(self.png, self.info) & PNG_COLOR_MASK_COLOR) != 0;
    header->channels = is_colour ? 3 : 1;
    header->bit_depth = png_get_bit_depth(self.png, self.info);
    clean_up(&self);
    return CPNG_OK;
}

int cpng_decode(const uint8_t *bytes, size_t count, int64_t most_nanoseconds, uint8_t *pixels,
                size_t capacity, cpng_fault *fault) {
    guard self;
    prepare(&self, bytes, count, most_nanoseconds, fault);
    if (setjmp(self.way_out)) {
        clean_up(&self);
        return fault->status;
    }
    begin(&self);
    int color_type = png_get_color_type(self.png, self.info);
    if (color_type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(self.png);
    if (color_type == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(self.png);
    png_set_strip_16(self.png);
    png_set_strip_alpha(self.png);
    int passes = png_set_interlace_handling(self.png);
    png_read_update_info(self.png, self.info);
    size_t stride = png_get_rowbytes(self.png, self.info);
    size_t height = png_get_image_height(self.png, self.info);
    if (stride == 0 || capacity / stride != height || capacity % stride != 0) {
        leave(&self, CPNG_WRONG_SIZE, "the frame is not as large as its header said");
    }
    for (int pass = 0; pass < passes; pass++) {
        for (size_t row = 0; row < height; row++) {
            if (now() > self.end) leave(&self, CPNG_OUT_OF_TIME, "out of time");
            png_read_row(self.png, pixels + row * stride, NULL);
        }
    }
    // The check sums behind the last row.
    png_read_end(self.png, NULL);
    clean_up(&self);
    return CPNG_OK;
}

int cpng_encode(const uint8_t *pixels, int32_t width, int32_t height, int32_t channels,
                uint8_t **bytes, size_t *count, cpng_fault *fault) {
    png_image image = {.version = PNG_IMAGE_VERSION, .width = (png_uint_32)width, .height = (png_uint_32)height,
                       .format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    uint8_t *memory = malloc(size);
    fault->status = CPNG_OK;
    if (memory == NULL) return fault->status = CPNG_OUT_OF_MEMORY;
    if (!png_image_write_to_memory(&image, memory, &size, 0, pixels, 0, NULL)) {
        free(memory);
        snprintf(fault->message, sizeof fault->message, "%s", image.message);
        return fault->status = CPNG_DAMAGED;
    }
    *bytes = memory;
    *count = size;
    return CPNG_OK;
}

void cpng_free(uint8_t *bytes) {
    free(bytes);
}
