// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0
//
// Writes what comes on some topics to a file, one line a message: time, topic and payload, with tabs.
//
//   collector PORT CLIENT FILE FILTER…
//
// Its session outlives the broker's restarts. Prints "ready" when subscribed; ends on SIGTERM.

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static FILE *file;
static char **filters;
static int filter_count;
static volatile sig_atomic_t is_over;

static void over(int number) {
    (void)number;
    is_over = 1;
}

static void on_connect(struct mosquitto *m, void *context, int code) {
    (void)context;
    if (code != 0) return;
    for (int i = 0; i < filter_count; i++) mosquitto_subscribe(m, NULL, filters[i], 1);
}

static void on_subscribe(struct mosquitto *m, void *context, int id, int count, const int *granted) {
    (void)m, (void)context, (void)id, (void)count, (void)granted;
    puts("ready");
    fflush(stdout);
}

static void on_message(struct mosquitto *m, void *context, const struct mosquitto_message *message) {
    (void)m, (void)context;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    fprintf(file, "%ld.%06ld\t%s\t", (long)t.tv_sec, t.tv_nsec / 1000, message->topic);
    fwrite(message->payload, 1, (size_t)message->payloadlen, file);
    fputc('\n', file);
}

int main(int argc, char **argv) {
    if (argc < 5) return 2;
    file = fopen(argv[3], "a");
    if (!file) return 1;
    filters = argv + 4;
    filter_count = argc - 4;
    struct sigaction action = {.sa_handler = over};
    sigaction(SIGTERM, &action, NULL);
    mosquitto_lib_init();
    struct mosquitto *m = mosquitto_new(argv[2], false, NULL);
    mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_int_option(m, MOSQ_OPT_RECEIVE_MAXIMUM, 500);
    mosquitto_int_option(m, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_connect_callback_set(m, on_connect);
    mosquitto_subscribe_callback_set(m, on_subscribe);
    mosquitto_message_callback_set(m, on_message);
    mosquitto_property *properties = NULL;
    mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, 3600);
    mosquitto_connect_bind_v5(m, "127.0.0.1", atoi(argv[1]), 30, NULL, properties);
    while (!is_over) {
        int code = mosquitto_loop(m, 20, 1);
        fflush(file);
        if (code != MOSQ_ERR_SUCCESS && !is_over) {
            usleep(100000);
            mosquitto_reconnect(m);
        }
    }
    mosquitto_disconnect(m);
    fclose(file);
    return 0;
}
