// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0
//
// Publishes numbered messages at a steady rate and knows which of them the broker has acknowledged.
//
//   flood PORT RATE DEVICES BODIES PREFIX SUFFIX [COUNT [START]]
//
// Topics are PREFIX<device>SUFFIX, round the devices, QoS 1, MQTT 3.1.1. BODIES holds JSON objects,
// one a line, without their opening brace; each message is
// `{"ts":<now>,"n":<count for the device>,"i":<count over all>,` and the next line. RATE 0 is as fast
// as the broker takes it. Ends after COUNT messages (0: never) or on SIGTERM, when everything sent is
// acknowledged; prints one line of JSON. A connection that ends is made again, and what was not
// acknowledged is sent again, marked as a copy. So the acknowledged ones are always the first `acknowledged`.

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WINDOW = 1000, LONGEST = 16384, LINES = 4096, BUFFER = 1 << 16, PATIENCE = 120 };

static struct {
    unsigned char *bytes;
    size_t count;
} ring[WINDOW];
static int fd = -1;
static int port;
static long sent, acknowledged, connections;
static volatile sig_atomic_t is_over;
static unsigned char in[BUFFER];
static size_t in_count;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void over(int number) {
    (void)number;
    is_over = 1;
}

static void lost(void) {
    if (fd >= 0) close(fd);
    fd = -1;
    in_count = 0;
}

static int put(const unsigned char *bytes, size_t count) {
    while (count > 0 && fd >= 0) {
        ssize_t n = send(fd, bytes, count, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            lost();
            return 0;
        }
        bytes += n;
        count -= (size_t)n;
    }
    return fd >= 0;
}

// Takes PUBACKs: of QoS 1 the broker sends one for each message, in their order.
static void take(int wait) {
    struct pollfd p = {fd, POLLIN, 0};
    while (fd >= 0 && poll(&p, 1, wait) > 0) {
        wait = 0;
        ssize_t n = recv(fd, in + in_count, sizeof in - in_count, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            lost();
            return;
        }
        in_count += (size_t)n;
        size_t at = 0;
        while (in_count - at >= 2 && in_count - at >= 2u + in[at + 1]) {
            if (in[at] >> 4 == 4) {
                long id = in[at + 2] << 8 | in[at + 3];
                if (id == acknowledged % 65535 + 1) acknowledged++;
            }
            at += 2u + in[at + 1];
        }
        memmove(in, in + at, in_count - at);
        in_count -= at;
        p.fd = fd;
    }
}

static void open_connection(void) {
    static const unsigned char hello[] = "\x10\x11\0\4MQTT\4\2\0\74\0\5flood";
    while (fd < 0) {
        fd = socket(AF_INET, SOCK_STREAM, 0);
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        struct timeval patience = {5, 0};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        unsigned char answer[4];
        if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
            !put(hello, sizeof hello - 1) || recv(fd, answer, 4, MSG_WAITALL) != 4 || answer[3] != 0) {
            lost();
            usleep(50000);
            continue;
        }
        connections++;
        for (long i = acknowledged; i < sent && fd >= 0; i++) {
            ring[i % WINDOW].bytes[0] |= 8;
            put(ring[i % WINDOW].bytes, ring[i % WINDOW].count);
            take(0);
        }
    }
}

static void make(long i, long devices, const char *prefix, const char *suffix, const char *body) {
    char topic[256], head[96];
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    int topic_length = snprintf(topic, sizeof topic, "%s%02ld%s", prefix, i % devices, suffix);
    int head_length =
        snprintf(head, sizeof head, "{\"ts\":%lld,\"n\":%ld,\"i\":%ld,",
                 wall.tv_sec * 1000LL + wall.tv_nsec / 1000000, i / devices + 1, i);
    size_t body_length = strlen(body);
    size_t rest = 4 + (size_t)topic_length + (size_t)head_length + body_length;
    unsigned char *bytes = realloc(ring[i % WINDOW].bytes, rest + 5);
    if (!bytes) exit(1);
    size_t at = 0;
    bytes[at++] = 0x32;
    for (size_t left = rest;;) {
        bytes[at++] = (unsigned char)((left & 127) | (left > 127 ? 128 : 0));
        if ((left >>= 7) == 0) break;
    }
    long id = i % 65535 + 1;
    bytes[at++] = (unsigned char)(topic_length >> 8);
    bytes[at++] = (unsigned char)topic_length;
    memcpy(bytes + at, topic, (size_t)topic_length), at += (size_t)topic_length;
    bytes[at++] = (unsigned char)(id >> 8);
    bytes[at++] = (unsigned char)id;
    memcpy(bytes + at, head, (size_t)head_length), at += (size_t)head_length;
    memcpy(bytes + at, body, body_length), at += body_length;
    ring[i % WINDOW].bytes = bytes;
    ring[i % WINDOW].count = at;
}

int main(int argc, char **argv) {
    if (argc < 7 || argc > 9) return 2;
    port = atoi(argv[1]);
    double rate = atof(argv[2]);
    long devices = atol(argv[3]), count = argc > 7 ? atol(argv[7]) : 0;
    long start = argc > 8 ? atol(argv[8]) : 0;
    static char *bodies[LINES];
    int lines = 0;
    FILE *file = fopen(argv[4], "r");
    if (!file) return 1;
    size_t size = 0;
    for (char *line = NULL; lines < LINES && getline(&line, &size, file) > 0; line = NULL, size = 0) {
        line[strcspn(line, "\n")] = 0;
        bodies[lines++] = line;
    }
    if (lines == 0) return 2;
    struct sigaction action = {.sa_handler = over};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);

    sent = acknowledged = start;
    double begun = now(), ended = 0;
    while (1) {
        if (fd < 0) open_connection();
        int is_done = is_over || (count > 0 && sent - start >= count);
        if (is_done && !ended) ended = now();
        if (is_done && (acknowledged == sent || now() - ended > PATIENCE)) break;
        long due = rate > 0 ? start + (long)((now() - begun) * rate) : sent + 64;
        if (count > 0 && due > start + count) due = start + count;
        while (!is_done && sent < due && sent - acknowledged < WINDOW && fd >= 0) {
            make(sent, devices, argv[5], argv[6], bodies[sent % lines]);
            sent++;
            put(ring[(sent - 1) % WINDOW].bytes, ring[(sent - 1) % WINDOW].count);
            if (sent % 32 == 0) take(0);
        }
        take(sent < due && sent - acknowledged < WINDOW ? 0 : 1);
    }
    printf("{\"sent\": %ld, \"acknowledged\": %ld, \"connections\": %ld, \"seconds\": %.6f}\n",
           sent, acknowledged, connections, now() - begun);
    return 0;
}
