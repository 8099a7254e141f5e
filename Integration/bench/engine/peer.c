// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// ONNX Runtime's own time from C: peer RUNTIME FOLDER answers each line
// `runs MODEL WIDTH BATCH SECONDS` with nanoseconds a message, the median of its calls. FOLDER/MODEL/1/model.onnx has an input
// `X` and an output `probabilities` with so many columns as FOLDER/MODEL/columns says. Both tensors
// are made once; what is timed is Run alone.

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// The public table's slots, by number: it is append-only.
typedef const void *const *table;
typedef struct { table (*get)(uint32_t); const char *(*version)(void); } base;
static table api;

#define CALL(slot, types, ...)                                        \
    do {                                                              \
        void *status = ((void *(*)types)api[slot])(__VA_ARGS__);      \
        if (status) {                                                 \
            fprintf(stderr, "%s\n", ((const char *(*)(void *))api[2])(status)); \
            exit(1);                                                  \
        }                                                             \
    } while (0)

static int64_t now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int order(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void *session_of(void *env, const char *path) {
    static char bytes[64 << 20];
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(1); }
    size_t count = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    void *options, *session;
    CALL(10, (void **), &options);
    CALL(24, (void *, int), options, 1);   // intra-op threads
    CALL(25, (void *, int), options, 1);   // inter-op threads
    CALL(13, (void *, int), options, 0);   // sequential
    CALL(23, (void *, int), options, 99);  // every optimisation
    CALL(18, (void *), options);           // arena
    CALL(130, (void *, const char *, const char *), options, "session.intra_op.allow_spinning", "0");
    CALL(130, (void *, const char *, const char *), options, "session.inter_op.allow_spinning", "0");
    CALL(8, (void *, const void *, size_t, void *, void **), env, bytes, count, options, &session);
    return session;
}

static void *tensor(void *memory, float *numbers, int64_t rows, int64_t columns) {
    void *value;
    int64_t shape[2] = {rows, columns};
    CALL(49, (void *, void *, size_t, const int64_t *, size_t, int, void **), memory, numbers,
         4 * rows * columns, shape, 2, 1, &value);
    return value;
}

int main(int count, char **arguments) {
    if (count != 3) return 64;
    void *library = dlopen(arguments[1], RTLD_NOW);
    if (!library) { fprintf(stderr, "%s\n", dlerror()); return 1; }
    api = ((const base *(*)(void))dlsym(library, "OrtGetApiBase"))()->get(11);
    void *env, *memory;
    CALL(3, (int, const char *, void **), 3, "peer", &env);
    CALL(69, (int, int, void **), 1, 0, &memory);
    setlinebuf(stdout);
    char model[64], path[4096];
    long width, batch, columns;
    double seconds;
    while (scanf(" runs %63s %ld %ld %lf", model, &width, &batch, &seconds) == 4) {
        snprintf(path, sizeof path, "%s/%s/columns", arguments[2], model);
        FILE *file = fopen(path, "r");
        if (!file || fscanf(file, "%ld", &columns) != 1) { perror(path); return 1; }
        fclose(file);
        snprintf(path, sizeof path, "%s/%s/1/model.onnx", arguments[2], model);
        void *session = session_of(env, path);
        float *in = malloc(4 * batch * width), *out = malloc(4 * batch * columns);
        for (long row = 0; row < batch; row++)
            for (long column = 0; column < width; column++)
                in[row * width + column] = (float)((row * 31 + column * 17) % 101) / 101;
        const void *input = tensor(memory, in, batch, width);
        void *output = tensor(memory, out, batch, columns);
        const char *input_names[] = {"X"}, *output_names[] = {"probabilities"};
        static int64_t took[1 << 20];
        long runs = 0;
        int64_t begun = now(CLOCK_PROCESS_CPUTIME_ID);
        do {
            for (int i = 0; i < 32; i++) {
                int64_t start = now(CLOCK_MONOTONIC);
                CALL(9, (void *, const void *, const char *const *, const void *const *, size_t,
                         const char *const *, size_t, void **),
                     session, NULL, input_names, &input, 1, output_names, 1, &output);
                took[runs++] = now(CLOCK_MONOTONIC) - start;
            }
        } while (runs < 1 << 20 && now(CLOCK_PROCESS_CPUTIME_ID) - begun < seconds * 1e9);
        qsort(took, runs, sizeof *took, order);
        printf("%f\n", (double)took[runs / 2] / batch);
        ((void (*)(void *))api[96])((void *)input);
        ((void (*)(void *))api[96])(output);
        ((void (*)(void *))api[95])(session);
        free(in);
        free(out);
    }
    return 0;
}
