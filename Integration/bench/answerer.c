// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0
//
// A cloud that costs next to nothing: answers every Open Inference request over plain HTTP/1.1, one
// thread, with a label for each row. What a client can do against it is the client's own limit.
//
//   answerer PORT

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024, SIZE = 1 << 20 };

static struct connection {
    char *in;
    size_t count;
} connections[MOST];

static char out[SIZE];

static size_t answer(const char *head, const char *body) {
    static char json[SIZE / 2];
    size_t at;
    if (strncmp(head, "GET", 3) == 0) {
        at = (size_t)sprintf(json, "{\"live\":true,\"ready\":true,\"name\":\"m\"}");
    } else {
        const char *shape = strstr(body, "\"shape\":[");
        int rows = shape ? atoi(shape + 9) : 1;
        if (rows < 1 || rows > 2000) rows = 1;
        at = (size_t)sprintf(json,
                             "{\"model_name\":\"m\",\"model_version\":\"1\",\"outputs\":[{\"name\":\"label\","
                             "\"datatype\":\"INT64\",\"shape\":[%d],\"data\":[2", rows);
        for (int i = 1; i < rows; i++) at += (size_t)sprintf(json + at, ",2");
        at += (size_t)sprintf(json + at,
                              "]},{\"name\":\"probabilities\",\"datatype\":\"FP32\",\"shape\":[%d,3],\"data\":"
                              "[0.005,0.005,0.99", rows);
        for (int i = 1; i < rows; i++) at += (size_t)sprintf(json + at, ",0.005,0.005,0.99");
        at += (size_t)sprintf(json + at, "]}]}");
    }
    size_t header = (size_t)sprintf(out,
                                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                    "Content-Length: %zu\r\n\r\n", at);
    memcpy(out + header, json, at);
    return header + at;
}

// Takes whole requests off the front; what is left is the beginning of one.
static int serve(int fd, struct connection *c) {
    while (1) {
        c->in[c->count] = 0;
        char *end = strstr(c->in, "\r\n\r\n");
        if (!end) return 1;
        size_t head = (size_t)(end - c->in) + 4, length = 0;
        char *field = strcasestr(c->in, "content-length:");
        if (field && field < end) length = strtoul(field + 15, NULL, 10);
        if (head + length >= SIZE) return 0;
        if (c->count < head + length) return 1;
        size_t size = answer(c->in, c->in + head);
        if (send(fd, out, size, MSG_NOSIGNAL) != (ssize_t)size) return 0;
        memmove(c->in, c->in + head + length, c->count - head - length);
        c->count -= head + length;
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 128) != 0) {
        perror("listen");
        return 1;
    }
    int poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    while (1) {
        struct epoll_event events[64];
        int count = epoll_wait(poll, events, 64, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                int new = accept(listener, NULL, NULL);
                if (new < 0) continue;
                if (new >= MOST) {
                    close(new);
                    continue;
                }
                setsockopt(new, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                if (!connections[new].in) connections[new].in = malloc(SIZE + 1);
                connections[new].count = 0;
                struct epoll_event mine = {.events = EPOLLIN, .data.fd = new};
                epoll_ctl(poll, EPOLL_CTL_ADD, new, &mine);
                continue;
            }
            struct connection *c = &connections[fd];
            ssize_t n = recv(fd, c->in + c->count, SIZE - c->count, 0);
            if (n > 0) c->count += (size_t)n;
            if (n <= 0 || !serve(fd, c)) close(fd);
        }
    }
}
