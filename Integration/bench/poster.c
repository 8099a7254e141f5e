// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0
//
// The least a libcurl client can do: the multi interface, one thread, perform and poll, handles used
// again. The yardstick for escalations.
//
//   poster URL BODY CONCURRENCY COUNT
//
// Posts the file BODY with the header fields that the gateway sends. Prints one line of JSON: calls, seconds,
// CPU seconds, failures.

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double cpu(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

static size_t take(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes, (void)context;
    return size * count;
}

// The field that carries the request's key, which the body has as its `id`.
static const char *key(const char *body) {
    static char field[256];
    const char *id = strstr(body, "\"id\":\"");
    id = id ? id + 6 : "";
    snprintf(field, sizeof field, "Idempotency-Key: %.*s", (int)strcspn(id, "\""), id);
    return field;
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    FILE *file = fopen(argv[2], "r");
    if (!file) return 1;
    static char body[1 << 20];
    size_t size = fread(body, 1, sizeof body - 1, file);
    int width = atoi(argv[3]);
    long count = atol(argv[4]), begun = 0, done = 0, failed = 0;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURLM *multi = curl_multi_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, key(body));
    headers = curl_slist_append(headers, "Sluice-Hops: 1");
    double start = now();
    for (int i = 0; i < width && begun < count; i++, begun++) {
        CURL *handle = curl_easy_init();
        curl_easy_setopt(handle, CURLOPT_URL, argv[1]);
        curl_easy_setopt(handle, CURLOPT_USERAGENT, "sluice");
        curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, (long)size);
        curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take);
        curl_multi_add_handle(multi, handle);
    }
    while (done < count) {
        int running;
        curl_multi_perform(multi, &running);
        int left;
        CURLMsg *message;
        while ((message = curl_multi_info_read(multi, &left))) {
            if (message->msg != CURLMSG_DONE) continue;
            CURL *handle = message->easy_handle;
            failed += message->data.result != CURLE_OK;
            done++;
            curl_multi_remove_handle(multi, handle);
            if (begun < count) {
                begun++;
                curl_multi_add_handle(multi, handle);
            } else {
                curl_easy_cleanup(handle);
            }
        }
        if (done < count) curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    printf("{\"calls\": %ld, \"seconds\": %.6f, \"cpu\": %.6f, \"failed\": %ld}\n", done, now() - start,
           cpu(), failed);
    return 0;
}
