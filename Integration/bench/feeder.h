// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0
//
// The small parts of the feeder: clocks, lines, the numbers of MQTT.

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void say(const char *line) {
    puts(line);
    fflush(stdout);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static long wall_milliseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

// One line of standard input, byte by byte: what poll sees is then never in a buffer.
static int read_line(char *text, size_t size) {
    size_t at = 0;
    while (at + 1 < size && read(0, text + at, 1) == 1) {
        if (text[at++] == '\n') {
            text[at] = 0;
            return 1;
        }
    }
    return 0;
}

// How many bytes a variable byte integer takes; 0 when it is not all there.
static size_t varint(const unsigned char *bytes, size_t length, uint32_t *value) {
    *value = 0;
    for (size_t i = 0; i < 4 && i < length; i++) {
        *value |= (uint32_t)(bytes[i] & 127) << (7 * i);
        if (bytes[i] < 128) return i + 1;
    }
    return 0;
}

static size_t put_varint(unsigned char *bytes, size_t value) {
    size_t width = 0;
    do {
        bytes[width++] = (unsigned char)((value & 127) | (value > 127 ? 128 : 0));
        value >>= 7;
    } while (value > 0);
    return width;
}

// Receive Maximum among the properties of a CONNECT; 65535 without one, as MQTT 5 has it.
static int receive_maximum(const unsigned char *bytes, size_t length) {
    uint32_t size;
    size_t at = varint(bytes, length, &size), end = at + size;
    while (at < end && end <= length) {
        switch (bytes[at]) {
        case 0x11: case 0x27: at += 5; break;
        case 0x21: return bytes[at + 1] << 8 | bytes[at + 2];
        case 0x22: at += 3; break;
        case 0x17: case 0x19: at += 2; break;
        default: return 65535;
        }
    }
    return 65535;
}

// The number behind `"id":` in a body; -1 without one.
static long find_id(const unsigned char *body, size_t length) {
    const unsigned char *found = memmem(body, length, "\"id\":", 5);
    if (!found) return -1;
    long id = 0;
    const unsigned char *at = found + 5, *end = body + length;
    while (at < end && *at == ' ') at++;
    if (at == end || *at < '0' || *at > '9') return -1;
    for (; at < end && *at >= '0' && *at <= '9'; at++) id = id * 10 + *at - '0';
    return id;
}

static int is_less(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Ends a line of JSON with what is known of latencies.
static void describe(float *latencies, long count, char *line, size_t size) {
    if (count == 0) {
        snprintf(line, size, "}");
        return;
    }
    qsort(latencies, (size_t)count, sizeof *latencies, is_less);
    snprintf(line, size, ", \"p50\": %.6f, \"p99\": %.6f, \"p999\": %.6f, \"most\": %.6f}",
             latencies[count / 2], latencies[count * 99 / 100], latencies[count * 999 / 1000],
             latencies[count - 1]);
}

static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
    if (listen(fd, 16) != 0) fail("listen");
    return fd;
}
