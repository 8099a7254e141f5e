// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0
//
// The least a libmosquitto subscriber can do: count. The yardstick for `sluice run`.
//
//   subscriber PORT drain|thread|echo|model QOS EXPECTED FILTER
//
// drain: one thread, own poll, reads the socket dry (what the gateway's lane does).
// thread: mosquitto_loop_start, as most programs do.
// echo: as drain, and each message with a gloss below 40 is published on `alerts/echo` at QoS 1, which
// is the least an action can take.
// model: as echo, and weight, width and gloss of each message go through the model $MODEL of ONNX Runtime
// ($SLUICE_ONNXRUNTIME) first, in memory that is kept, which is the least that deciding by a model can take.
// Prints "ready" when subscribed, then one line of JSON when EXPECTED messages have come, or when none has come
// for five seconds.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <COnnxRuntime.h>
#include <mosquitto.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static atomic_long received;
static _Atomic double first, last;
static int qos;
static const char *filter;
static bool echoes, infers;

static const sluice_ort_api *api;
static sluice_ort_session *session;
static sluice_ort_value *input, *outputs[2];
static float row[3], probabilities[2];
static int64_t label;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static double cpu(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

static void on_connect(struct mosquitto *m, void *context, int code) {
    (void)context;
    if (code != 0) exit(1);
    mosquitto_subscribe(m, NULL, filter, qos);
}

static void on_subscribe(struct mosquitto *m, void *context, int id, int count, const int *granted) {
    (void)m, (void)context, (void)id, (void)count, (void)granted;
    puts("ready");
    fflush(stdout);
}

static void must(sluice_ort_status *status) {
    if (status == NULL) return;
    fprintf(stderr, "%s\n", sluice_ort_error_message(api, status));
    exit(1);
}

static void load(void) {
    static char model[1 << 20], reason[256];
    const char *version;
    int table;
    FILE *file = fopen(getenv("MODEL"), "rb");
    if (file == NULL) exit(1);
    size_t size = fread(model, 1, sizeof model, file);
    fclose(file);
    api = sluice_ort_open(getenv("SLUICE_ONNXRUNTIME"), &version, &table, reason, sizeof reason);
    if (api == NULL) exit(1);
    sluice_ort_env *env;
    sluice_ort_session_options *options;
    sluice_ort_memory *memory;
    must(sluice_ort_create_env(api, SLUICE_ORT_LOG_FATAL, "bare", &env));
    must(sluice_ort_create_session_options(api, &options));
    must(sluice_ort_set_intra_threads(api, options, 1));
    must(sluice_ort_set_optimization(api, options, SLUICE_ORT_OPTIMIZE_ALL));
    must(sluice_ort_create_session(api, env, model, size, options, &session));
    must(sluice_ort_create_cpu_memory(api, SLUICE_ORT_ARENA_ALLOCATOR, SLUICE_ORT_DEFAULT_MEMORY, &memory));
    must(sluice_ort_create_tensor(api, memory, row, sizeof row, (int64_t[]){1, 3}, 2, SLUICE_ORT_FLOAT32,
                                  &input));
    must(sluice_ort_create_tensor(api, memory, &label, sizeof label, (int64_t[]){1}, 1, SLUICE_ORT_INT64,
                                  &outputs[0]));
    must(sluice_ort_create_tensor(api, memory, probabilities, sizeof probabilities, (int64_t[]){1, 2}, 2,
                                  SLUICE_ORT_FLOAT32, &outputs[1]));
}

// The number behind `key`; nan where there is none.
static float number(const struct mosquitto_message *message, const char *key) {
    const char *found = memmem(message->payload, (size_t)message->payloadlen, key, strlen(key));
    return found ? (float)atof(found + strlen(key)) : 0.0f / 0.0f;
}

static void on_message(struct mosquitto *m, void *context, const struct mosquitto_message *message) {
    (void)context;
    float gloss = echoes ? number(message, "\"gloss\":") : 100;
    if (infers) {
        row[0] = number(message, "\"weight\":");
        row[1] = number(message, "\"width\":");
        row[2] = gloss;
        const sluice_ort_value *inputs[] = {input};
        must(sluice_ort_run(api, session, NULL, (const char *[]){"X"}, inputs, 1,
                            (const char *[]){"label", "probabilities"}, 2, outputs));
    }
    if (gloss < 40)
        mosquitto_publish(m, NULL, "alerts/echo", message->payloadlen, message->payload, 1, false);
    long count = atomic_fetch_add_explicit(&received, 1, memory_order_relaxed);
    if (count == 0) first = now();
    // A clock call per message would be part of what is measured.
    if ((count & 63) == 0) last = now();
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    int port = atoi(argv[1]), threaded = strcmp(argv[2], "thread") == 0;
    qos = atoi(argv[3]);
    infers = strcmp(argv[2], "model") == 0;
    echoes = infers || strcmp(argv[2], "echo") == 0;
    if (infers) load();
    long expected = atol(argv[4]);
    filter = argv[5];

    mosquitto_lib_init();
    struct mosquitto *m = mosquitto_new("bare", true, NULL);
    mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_int_option(m, MOSQ_OPT_RECEIVE_MAXIMUM, 500);
    mosquitto_int_option(m, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_connect_callback_set(m, on_connect);
    mosquitto_subscribe_callback_set(m, on_subscribe);
    mosquitto_message_callback_set(m, on_message);
    if (!threaded) mosquitto_threaded_set(m, true);
    if (mosquitto_connect(m, "127.0.0.1", port, 30) != MOSQ_ERR_SUCCESS) return 1;
    if (threaded) mosquitto_loop_start(m);

    while (received < expected && (received == 0 || now() - last < 5)) {
        if (threaded) {
            usleep(20000);
            continue;
        }
        struct pollfd p = {mosquitto_socket(m), POLLIN, 0};
        if (mosquitto_want_write(m)) p.events |= POLLOUT;
        poll(&p, 1, 250);
        while (poll(&p, 1, 0) > 0 && (p.revents & POLLIN)) {
            if (mosquitto_loop_read(m, 1) != MOSQ_ERR_SUCCESS) return 1;
        }
        if (mosquitto_want_write(m)) mosquitto_loop_write(m, 1);
        mosquitto_loop_misc(m);
    }
    double end = received >= expected ? now() : (double)last;
    printf("{\"received\": %ld, \"seconds\": %.6f, \"cpu\": %.6f}\n", (long)received, end - first, cpu());
    fflush(stdout);
    mosquitto_disconnect(m);
    if (threaded) mosquitto_loop_stop(m, false);
    return 0;
}
