// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0
//
// The control of fault 3: a subscriber as many are written. It writes each message to a file and calls
// fsync before its callback returns, and its acknowledgements leave before that all the same.
//
//   unthreaded PORT FILE FILTER COUNT

#include <fcntl.h>
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int file;
static long left;
static const char *filter;

static void on_connect(struct mosquitto *m, void *context, int code) {
    (void)context;
    if (code != 0) exit(1);
    mosquitto_subscribe(m, NULL, filter, 1);
}

static void on_subscribe(struct mosquitto *m, void *context, int id, int count, const int *granted) {
    (void)m, (void)context, (void)id, (void)count, (void)granted;
    puts("ready");
    fflush(stdout);
}

static void on_message(struct mosquitto *m, void *context, const struct mosquitto_message *message) {
    (void)m, (void)context;
    if (write(file, message->payload, (size_t)message->payloadlen) < 0 || fdatasync(file) != 0) exit(1);
    left--;
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    file = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0600);
    filter = argv[3];
    left = atol(argv[4]);
    if (file < 0) return 1;
    mosquitto_lib_init();
    struct mosquitto *m = mosquitto_new("unthreaded", true, NULL);
    mosquitto_connect_callback_set(m, on_connect);
    mosquitto_subscribe_callback_set(m, on_subscribe);
    mosquitto_message_callback_set(m, on_message);
    if (mosquitto_connect(m, "127.0.0.1", atoi(argv[1]), 30) != MOSQ_ERR_SUCCESS) return 1;
    while (left > 0) {
        if (mosquitto_loop(m, 1000, 1) != MOSQ_ERR_SUCCESS) return 1;
    }
    mosquitto_disconnect(m);
    return 0;
}
