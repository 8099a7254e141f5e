// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE

#include "COnnxRuntime.h"
#include "Slots.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char sluice_ort_silencer[] = "ORT_DISABLE_TELEMETRY";

void sluice_ort_silence(void) {
    const char *value = getenv(sluice_ort_silencer);
    if (value == NULL || strcmp(value, "1") != 0) setenv(sluice_ort_silencer, "1", 1);
}

// What the one exported function gives: the way to the table, and the version text.
typedef struct {
    const void *const *(*get_api)(uint32_t version);
    const char *(*get_version)(void);
} entry_point;

// The newest table that both this program and a library of version `text`, 1.MINOR.PATCH, know.
static int table_version(const char *text) {
    int minor = 0;
    if (sscanf(text, "1.%d", &minor) != 1) return SLUICE_ORT_LEAST_API;
    if (minor < SLUICE_ORT_LEAST_API) return SLUICE_ORT_LEAST_API;
    return minor < SLUICE_ORT_MOST_API ? minor : SLUICE_ORT_MOST_API;
}

const sluice_ort_api *sluice_ort_open(const char *path, const char **version, int *table_number,
                                      char *reason, size_t reason_capacity) {
    sluice_ort_silence();
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *text = dlerror();
        snprintf(reason, reason_capacity, "%s", text != NULL ? text : "dlopen failed");
        return NULL;
    }
    const entry_point *(*entry)(void) =
        (const entry_point *(*)(void))dlsym(library, "OrtGetApiBase");
    const entry_point *found = entry != NULL ? entry() : NULL;
    if (found == NULL) {
        snprintf(reason, reason_capacity, "it does not export OrtGetApiBase");
        dlclose(library);
        return NULL;
    }
    *version = found->get_version();
    *table_number = table_version(*version);
    const void *const *table = found->get_api((uint32_t)*table_number);
    if (table == NULL) {
        snprintf(reason, reason_capacity, "version %s has no API version %d", *version,
                 *table_number);
        return NULL;
    }
    return (const sluice_ort_api *)table;
}

const char *sluice_ort_file(const sluice_ort_api *api) {
    Dl_info info;
    return dladdr(slot(api, SLOT_CREATE_ENV), &info) != 0 ? info.dli_fname : NULL;
}

int sluice_ort_error_code(const sluice_ort_api *api, const sluice_ort_status *status) {
    typedef int (*function)(const sluice_ort_status *);
    return ((function)slot(api, SLOT_GET_ERROR_CODE))(status);
}

const char *sluice_ort_error_message(const sluice_ort_api *api, const sluice_ort_status *status) {
    typedef const char *(*function)(const sluice_ort_status *);
    return ((function)slot(api, SLOT_GET_ERROR_MESSAGE))(status);
}

void sluice_ort_release_status(const sluice_ort_api *api, sluice_ort_status *status) {
    typedef void (*function)(sluice_ort_status *);
    if (status != NULL) ((function)slot(api, SLOT_RELEASE_STATUS))(status);
}

sluice_ort_status *sluice_ort_create_env(const sluice_ort_api *api, int log_level,
                                         const char *log_id, sluice_ort_env **out) {
    typedef sluice_ort_status *(*function)(int, const char *, sluice_ort_env **);
    return ((function)slot(api, SLOT_CREATE_ENV))(log_level, log_id, out);
}

sluice_ort_status *sluice_ort_share_arena(const sluice_ort_api *api, sluice_ort_env *env,
                                          const sluice_ort_memory *memory) {
    typedef sluice_ort_status *(*creator)(size_t, int, int, int, void **);
    typedef sluice_ort_status *(*sharer)(sluice_ort_env *, const sluice_ort_memory *, const void *);
    typedef void (*releaser)(void *);
    enum { UNLIMITED = 0, GROW_AS_REQUESTED = 1, BY_DEFAULT = -1 };
    void *settings = NULL;
    sluice_ort_status *status = ((creator)slot(api, SLOT_CREATE_ARENA_CFG))(
        UNLIMITED, GROW_AS_REQUESTED, BY_DEFAULT, BY_DEFAULT, &settings);
    if (status != NULL) return status;
    status = ((sharer)slot(api, SLOT_CREATE_AND_REGISTER_ALLOCATOR))(env, memory, settings);
    ((releaser)slot(api, SLOT_RELEASE_ARENA_CFG))(settings);
    return status;
}

sluice_ort_status *sluice_ort_providers(const sluice_ort_api *api, char ***out, int *count) {
    typedef sluice_ort_status *(*function)(char ***, int *);
    return ((function)slot(api, SLOT_GET_AVAILABLE_PROVIDERS))(out, count);
}

void sluice_ort_release_providers(const sluice_ort_api *api, char **names, int count) {
    typedef sluice_ort_status *(*function)(char **, int);
    sluice_ort_release_status(
        api, ((function)slot(api, SLOT_RELEASE_AVAILABLE_PROVIDERS))(names, count));
}

sluice_ort_status *sluice_ort_default_allocator(const sluice_ort_api *api,
                                                sluice_ort_allocator **out) {
    typedef sluice_ort_status *(*function)(sluice_ort_allocator **);
    return ((function)slot(api, SLOT_GET_ALLOCATOR_WITH_DEFAULT_OPTIONS))(out);
}

sluice_ort_status *sluice_ort_allocator_free(const sluice_ort_api *api,
                                             sluice_ort_allocator *allocator, void *memory) {
    typedef sluice_ort_status *(*function)(sluice_ort_allocator *, void *);
    return ((function)slot(api, SLOT_ALLOCATOR_FREE))(allocator, memory);
}

sluice_ort_status *sluice_ort_create_cpu_memory(const sluice_ort_api *api, int allocator_type,
                                                int memory_type, sluice_ort_memory **out) {
    typedef sluice_ort_status *(*function)(int, int, sluice_ort_memory **);
    return ((function)slot(api, SLOT_CREATE_CPU_MEMORY_INFO))(allocator_type, memory_type, out);
}

sluice_ort_status *sluice_ort_create_run_options(const sluice_ort_api *api,
                                                 sluice_ort_run_options **out) {
    typedef sluice_ort_status *(*function)(sluice_ort_run_options **);
    return ((function)slot(api, SLOT_CREATE_RUN_OPTIONS))(out);
}

void sluice_ort_release_run_options(const sluice_ort_api *api, sluice_ort_run_options *options) {
    typedef void (*function)(sluice_ort_run_options *);
    ((function)slot(api, SLOT_RELEASE_RUN_OPTIONS))(options);
}

sluice_ort_status *sluice_ort_set_terminate(const sluice_ort_api *api,
                                            sluice_ort_run_options *options) {
    typedef sluice_ort_status *(*function)(sluice_ort_run_options *);
    return ((function)slot(api, SLOT_RUN_OPTIONS_SET_TERMINATE))(options);
}

sluice_ort_status *sluice_ort_unset_terminate(const sluice_ort_api *api,
                                              sluice_ort_run_options *options) {
    typedef sluice_ort_status *(*function)(sluice_ort_run_options *);
    return ((function)slot(api, SLOT_RUN_OPTIONS_UNSET_TERMINATE))(options);
}

sluice_ort_status *sluice_ort_run(const sluice_ort_api *api, sluice_ort_session *session,
                                  const sluice_ort_run_options *options,
                                  const char *const *input_names,
                                  const sluice_ort_value *const *inputs, size_t input_count,
                                  const char *const *output_names, size_t output_count,
                                  sluice_ort_value **outputs) {
    typedef sluice_ort_status *(*function)(
        sluice_ort_session *, const sluice_ort_run_options *, const char *const *,
        const sluice_ort_value *const *, size_t, const char *const *, size_t, sluice_ort_value **);
    return ((function)slot(api, SLOT_RUN))(
        session, options, input_names, inputs, input_count, output_names, output_count, outputs);
}
