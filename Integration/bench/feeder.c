// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0
//
// Stands in for a broker and speaks just enough MQTT (3.1.1 and 5) to feed one subscriber, so that
// the subscriber and not the broker is the bottleneck.
//
//   feeder PORT DEVICES BODIES PREFIX SUFFIX
//
// Topics are PREFIX<device>SUFFIX, round the devices. BODIES holds JSON objects, one a line, without
// their opening brace: a message is `{"ts":<now>,"n":<count for the device>,"id":<count of all>,` and
// the next line. Says `subscribed` when somebody has subscribed to something not beginning with `$`.
// Each line `QOS COUNT RATE` on standard input (RATE 0: flat out) sends COUNT messages and one more at
// QoS 1, and is answered by a line of JSON once that one is acknowledged: with libmosquitto all before
// it have been taken. Never more unacknowledged than the subscriber's Receive Maximum.
// Publications of any client are acknowledged and counted; one that holds `"id":<count>` tells how long
// that message took to be acted on.

#include "feeder.h"

enum { CLIENTS = 16, IN = 1 << 17, OUT = 1 << 16, LONGEST = 1 << 17, LINES = 4096, IDS = 1 << 22 };

struct client {
    int fd, version, window, isTaken;
    unsigned char in[IN];
    size_t have;
    unsigned char out[OUT + LONGEST];
    size_t filled;
};

static struct client clients[CLIENTS];
static struct client *fed;
static int devices, lines;
static const char *prefix, *suffix;
static char *bodies[LINES];
static size_t lengths[LINES];
static long sent, inFlight, acknowledged, published, lastId;
static int isLastAcknowledged;
static float *latencies;
static long latencyCount;
static double *sentAt;

static void take(struct client *c);

// Until it takes more, or a second; what anybody says meanwhile is taken and answered, as a broker does: who is
// fed may wait for what it has published before it reads on.
static void wait_for_room(struct client *c) {
    static int isWaiting;
    struct pollfd polls[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        struct client *one = &clients[i];
        // Answers want room, too; and answering may wait itself, which is deep enough.
        int listens = !isWaiting && !one->isTaken && one->filled <= OUT + LONGEST / 2;
        polls[i] = (struct pollfd){one->fd, (short)((listens ? POLLIN : 0) | (one == c ? POLLOUT : 0)), 0};
    }
    if (poll(polls, CLIENTS, 1000) <= 0 || isWaiting) return;
    isWaiting = 1;
    for (int i = 0; i < CLIENTS; i++) {
        if (clients[i].fd >= 0 && polls[i].revents & POLLIN) take(&clients[i]);
    }
    isWaiting = 0;
}

static void flush(struct client *c) {
    size_t at = 0;
    while (at < c->filled) {
        ssize_t put = send(c->fd, c->out + at, c->filled - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put > 0) {
            at += (size_t)put;
            continue;
        }
        if (put < 0 && errno != EAGAIN) break;
        memmove(c->out, c->out + at, c->filled - at);
        c->filled -= at;
        at = 0;
        wait_for_room(c);
    }
    c->filled = 0;
}

static void put(struct client *c, const void *bytes, size_t count) {
    if (c->filled + count > sizeof c->out) flush(c);
    memcpy(c->out + c->filled, bytes, count);
    c->filled += count;
}

static void greet(struct client *c, const unsigned char *body, size_t length) {
    if (length < 10) return;
    c->version = body[6];
    c->window = 500;
    if (c->version == 5) {
        c->window = receive_maximum(body + 10, length - 10);
        put(c, "\x20\x03\0\0\0", 5);
    } else {
        put(c, "\x20\x02\0\0", 4);
    }
}

static void subscribe(struct client *c, const unsigned char *body, size_t length) {
    size_t at = 2;
    if (c->version == 5) {
        uint32_t properties;
        at += varint(body + at, length - at, &properties);
        at += properties;
    }
    unsigned char answer[64] = {0x90, 0, body[0], body[1]};
    size_t size = 4;
    int isWanted = 0;
    if (c->version == 5) answer[size++] = 0;
    while (at + 3 <= length && size < sizeof answer) {
        size_t name = (size_t)(body[at] << 8 | body[at + 1]);
        if (at + 2 + name + 1 > length) break;
        if (name > 0 && body[at + 2] != '$') isWanted = 1;
        answer[size++] = body[at + 2 + name] & 3;
        at += 3 + name;
    }
    answer[1] = (unsigned char)(size - 2);
    put(c, answer, size);
    if (isWanted) {
        fed = c;
        say("subscribed");
    }
}

static void take_publication(struct client *c, int head, const unsigned char *body, size_t length) {
    size_t name = (size_t)(body[0] << 8 | body[1]), at = 2 + name;
    int qos = head >> 1 & 3;
    published++;
    if (qos > 0 && at + 2 <= length) {
        unsigned char answer[4] = {qos == 1 ? 0x40 : 0x50, 2, body[at], body[at + 1]};
        put(c, answer, 4);
        at += 2;
    }
    long id = find_id(body + at, length - at);
    if (id < 0 || id <= lastId - IDS || id > sent || latencyCount >= IDS) return;
    latencies[latencyCount++] = (float)(now() - sentAt[id % IDS]);
}

static void take_packet(struct client *c, int head, const unsigned char *body, size_t length) {
    switch (head >> 4) {
    case 1: greet(c, body, length); break;
    case 3: if (length > 4) take_publication(c, head, body, length); break;
    case 4:
        inFlight--;
        acknowledged++;
        if (length >= 2 && (body[0] << 8 | body[1]) == 65535) isLastAcknowledged = 1;
        break;
    case 6: {
        unsigned char answer[4] = {0x70, 2, body[0], body[1]};
        put(c, answer, 4);
        break;
    }
    case 8: subscribe(c, body, length); break;
    case 10: {
        unsigned char answer[6] = {0xB0, 2, body[0], body[1]};
        if (c->version == 5) answer[1] = 4;
        put(c, answer, c->version == 5 ? 6 : 4);
        break;
    }
    case 12: put(c, "\xD0\0", 2); break;
    }
}

static void hang_up(struct client *c) {
    close(c->fd);
    c->fd = -1;
    c->have = c->filled = 0;
    if (fed == c) fed = NULL;
}

static void take(struct client *c) {
    ssize_t got = recv(c->fd, c->in + c->have, sizeof c->in - c->have, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        hang_up(c);
        return;
    }
    c->have += (size_t)got;
    size_t at = 0;
    c->isTaken = 1;
    while (c->have - at >= 2) {
        uint32_t length;
        size_t width = varint(c->in + at + 1, c->have - at - 1, &length);
        if (width == 0 || c->have - at - 1 - width < length) break;
        take_packet(c, c->in[at], c->in + at + 1 + width, length);
        at += 1 + width + length;
    }
    memmove(c->in, c->in + at, c->have - at);
    c->have -= at;
    c->isTaken = 0;
    if (c->filled > 0 && c != fed) flush(c);
}

// Waits for at most so many seconds; whatever comes is taken at once, and its time is that of its coming.
static void look(int listener, double wait) {
    struct timespec limit = {(time_t)wait, (long)((wait - (double)(time_t)wait) * 1e9)};
    struct pollfd polls[CLIENTS + 1] = {{listener, POLLIN, 0}};
    for (int i = 0; i < CLIENTS; i++) polls[i + 1] = (struct pollfd){clients[i].fd, POLLIN, 0};
    if (ppoll(polls, CLIENTS + 1, &limit, NULL) <= 0) return;
    if (polls[0].revents) {
        int fd = accept(listener, NULL, NULL), on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        for (int i = 0; i < CLIENTS; i++) {
            if (clients[i].fd >= 0) continue;
            clients[i].fd = fd;
            break;
        }
    }
    for (int i = 0; i < CLIENTS; i++) {
        if (clients[i].fd >= 0 && polls[i + 1].revents) take(&clients[i]);
        if (clients[i].fd >= 0 && clients[i].filled > 0) flush(&clients[i]);
    }
}

static void feed(int qos, int packet) {
    static long milliseconds;
    static char topic[256], head[96];
    // One reading of the clock for a few messages: it would be the feeder's largest cost.
    if ((sent & 15) == 0 || qos == 1) milliseconds = wall_milliseconds();
    long device = sent % devices, id = sent++;
    sentAt[id % IDS] = now();
    lastId = id;
    int topic_length = snprintf(topic, sizeof topic, "%s%02ld%s", prefix, device, suffix);
    int head_length = snprintf(head, sizeof head, "{\"ts\":%ld,\"n\":%ld,\"id\":%ld,", milliseconds,
                               id / devices + 1, id);
    size_t body = lengths[id % lines];
    size_t rest = 2 + (size_t)topic_length + (qos ? 2 : 0) + (fed->version == 5) +
                  (size_t)head_length + body;
    unsigned char fixed[5] = {(unsigned char)(0x30 | (qos << 1))};
    put(fed, fixed, 1 + put_varint(fixed + 1, rest));
    unsigned char two[2] = {(unsigned char)(topic_length >> 8), (unsigned char)topic_length};
    put(fed, two, 2);
    put(fed, topic, (size_t)topic_length);
    if (qos) {
        unsigned char identifier[2] = {(unsigned char)(packet >> 8), (unsigned char)packet};
        put(fed, identifier, 2);
        inFlight++;
    }
    if (fed->version == 5) put(fed, "", 1);
    put(fed, head, (size_t)head_length);
    put(fed, bodies[id % lines], body);
    if (fed->filled >= OUT) flush(fed);
}

static void run(int listener, int qos, long count, double rate) {
    acknowledged = published = latencyCount = 0;
    isLastAcknowledged = 0;
    double start = now();
    for (long i = 0; fed && i < count;) {
        while (fed && i < count && (!qos || inFlight < fed->window) &&
               (rate == 0 || now() >= start + (double)i / rate)) {
            feed(qos, (int)(i++ % 65534) + 1);
            if (!qos && rate == 0 && fed->filled == 0) break;
        }
        if (fed) flush(fed);
        if (i == count) break;
        int mayWait = qos && inFlight >= fed->window;
        // Woken a little early, it is on time for the next.
        double left = rate > 0 ? start + (double)i / rate - now() - 50e-6 : 0;
        look(listener, mayWait ? 1 : left > 10e-6 && left < 0.5 ? left : 0);
    }
    if (fed) {
        feed(1, 65535);
        flush(fed);
    }
    while (fed && !isLastAcknowledged) look(listener, 0.1);
    double took = now() - start;
    // Actions on the last messages may still be under way.
    for (double end = now() + 0.2; now() < end;) look(listener, 0.02);
    if (!fed) inFlight = 0;
    char line[512];
    int size = snprintf(line, sizeof line, "{\"seconds\": %.6f, \"sent\": %ld, \"acknowledged\": %ld, "
                        "\"published\": %ld", took, count + 1, acknowledged, published);
    describe(latencies, latencyCount, line + size, sizeof line - (size_t)size);
    say(line);
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    devices = atoi(argv[2]);
    prefix = argv[4];
    suffix = argv[5];
    FILE *file = fopen(argv[3], "r");
    if (!file) fail(argv[3]);
    size_t size = 0;
    for (char *line = NULL; lines < LINES && getline(&line, &size, file) > 0; line = NULL, size = 0) {
        line[strcspn(line, "\n")] = 0;
        lengths[lines] = strlen(line);
        if (lengths[lines] > LONGEST - 1024) return 2;
        bodies[lines++] = line;
    }
    if (lines == 0 || devices < 1) return 2;
    latencies = calloc(IDS, sizeof *latencies);
    sentAt = calloc(IDS, sizeof *sentAt);
    for (int i = 0; i < CLIENTS; i++) clients[i].fd = -1;
    int listener = listen_on(atoi(argv[1]));
    say("listening");
    char text[128];
    for (;;) {
        struct pollfd input = {0, POLLIN, 0};
        look(listener, 0.005);
        if (poll(&input, 1, 0) <= 0) continue;
        if (!read_line(text, sizeof text)) return 0;
        int qos;
        long count;
        double rate;
        if (sscanf(text, "%d %ld %lf", &qos, &count, &rate) == 3) run(listener, qos, count, rate);
    }
}
