// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0
//
// Publishes as fast as the broker takes it, over one plain socket (MQTT 3.1.1).
//
//   publisher PORT QOS COUNT DEVICES BODIES PREFIX SUFFIX
//
// Topics are PREFIX<device>SUFFIX, round the devices. BODIES holds JSON objects, one a line, without
// their opening brace: each message is `{"ts":<now>,"n":<count for the device>,` and the next line.
// At QoS 1 at most 500 are unacknowledged. Prints the seconds it took.

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

enum { WINDOW = 500, BUFFER = 1 << 16, LONGEST = 16384, LINES = 4096 };

static int fd;
static char out[BUFFER + LONGEST];
static size_t filled;
static long acknowledged;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

// PUBACKs are four bytes each and the only thing the broker sends; count them as they come.
static void take(int wait) {
    static size_t rest;
    static char in[BUFFER];
    struct pollfd p = {fd, POLLIN, 0};
    while (poll(&p, 1, wait) > 0) {
        ssize_t got = read(fd, in, sizeof in);
        if (got <= 0) fail("read");
        rest += (size_t)got;
        acknowledged += (long)(rest / 4);
        rest %= 4;
        wait = 0;
    }
}

static void flush(void) {
    size_t at = 0;
    while (at < filled) {
        ssize_t put = send(fd, out + at, filled - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put > 0) {
            at += (size_t)put;
            continue;
        }
        if (errno != EAGAIN) fail("send");
        take(0);
        struct pollfd p = {fd, POLLOUT | POLLIN, 0};
        poll(&p, 1, 1000);
    }
    filled = 0;
}

static void put(const void *bytes, size_t count) {
    memcpy(out + filled, bytes, count);
    filled += count;
}

int main(int argc, char **argv) {
    if (argc != 8) return 2;
    int port = atoi(argv[1]), qos = atoi(argv[2]), devices = atoi(argv[4]);
    long count = atol(argv[3]);
    static char *bodies[LINES];
    int lines = 0;
    FILE *file = fopen(argv[5], "r");
    if (!file) fail(argv[5]);
    size_t size = 0;
    for (char *line = NULL; lines < LINES && getline(&line, &size, file) > 0; line = NULL, size = 0) {
        line[strcspn(line, "\n")] = 0;
        if (strlen(line) > LONGEST - 512) return 2;
        bodies[lines++] = line;
    }
    if (lines == 0) return 2;

    fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    static const unsigned char hello[] = "\x10\x11\0\4MQTT\4\2\0\0\0\5bench";
    put(hello, sizeof hello - 1);
    flush();
    unsigned char answer[4];
    if (recv(fd, answer, 4, MSG_WAITALL) != 4 || answer[3] != 0) fail("CONNACK");

    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (long i = 0; i < count; i++) {
        static char topic[256], head[64];
        struct timespec wall;
        clock_gettime(CLOCK_REALTIME, &wall);
        int topic_length =
            snprintf(topic, sizeof topic, "%s%02ld%s", argv[6], i % devices, argv[7]);
        int head_length = snprintf(head, sizeof head, "{\"ts\":%lld,\"n\":%ld,",
                                   wall.tv_sec * 1000LL + wall.tv_nsec / 1000000, i / devices + 1);
        const char *body = bodies[i % lines];
        size_t body_length = strlen(body);
        size_t rest = 2 + (size_t)topic_length + (qos ? 2 : 0) + (size_t)head_length + body_length;
        unsigned char fixed[5] = {(unsigned char)(0x30 | (qos << 1))};
        int width = 1;
        for (size_t left = rest; ; ) {
            fixed[width++] = (unsigned char)((left & 127) | (left > 127 ? 128 : 0));
            if ((left >>= 7) == 0) break;
        }
        put(fixed, (size_t)width);
        unsigned char two[2] = {(unsigned char)(topic_length >> 8), (unsigned char)topic_length};
        put(two, 2);
        put(topic, (size_t)topic_length);
        if (qos) {
            long id = i % 65535 + 1;
            unsigned char packet[2] = {(unsigned char)(id >> 8), (unsigned char)id};
            put(packet, 2);
        }
        put(head, (size_t)head_length);
        put(body, body_length);
        if (filled >= BUFFER) flush();
        if (qos) {
            if (i + 1 - acknowledged >= WINDOW) flush();
            while (i + 1 - acknowledged >= WINDOW) take(1000);
        }
    }
    flush();
    while (qos && acknowledged < count) take(1000);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.6f\n", (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9);
    // DISCONNECT behind everything, and wait until the broker has read it all.
    send(fd, "\xe0\0", 2, MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
    char byte;
    while (read(fd, &byte, 1) > 0) {}
    return 0;
}
