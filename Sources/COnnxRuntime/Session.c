// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// Sessions and their options.

#include "COnnxRuntime.h"
#include "Slots.h"

sluice_ort_status *sluice_ort_create_session_options(const sluice_ort_api *api,
                                                     sluice_ort_session_options **out) {
    typedef sluice_ort_status *(*function)(sluice_ort_session_options **);
    return ((function)slot(api, SLOT_CREATE_SESSION_OPTIONS))(out);
}

void sluice_ort_release_session_options(const sluice_ort_api *api,
                                        sluice_ort_session_options *options) {
    typedef void (*function)(sluice_ort_session_options *);
    ((function)slot(api, SLOT_RELEASE_SESSION_OPTIONS))(options);
}

sluice_ort_status *sluice_ort_set_execution_mode(const sluice_ort_api *api,
                                                 sluice_ort_session_options *options, int mode) {
    typedef sluice_ort_status *(*function)(sluice_ort_session_options *, int);
    return ((function)slot(api, SLOT_SET_SESSION_EXECUTION_MODE))(options, mode);
}

sluice_ort_status *sluice_ort_enable_cpu_arena(const sluice_ort_api *api,
                                               sluice_ort_session_options *options) {
    typedef sluice_ort_status *(*function)(sluice_ort_session_options *);
    return ((function)slot(api, SLOT_ENABLE_CPU_MEM_ARENA))(options);
}

sluice_ort_status *sluice_ort_set_log_severity(const sluice_ort_api *api,
                                               sluice_ort_session_options *options, int level) {
    typedef sluice_ort_status *(*function)(sluice_ort_session_options *, int);
    return ((function)slot(api, SLOT_SET_SESSION_LOG_SEVERITY_LEVEL))(options, level);
}

sluice_ort_status *sluice_ort_set_optimization(const sluice_ort_api *api,
                                               sluice_ort_session_options *options, int level) {
    typedef sluice_ort_status *(*function)(sluice_ort_session_options *, int);
    return ((function)slot(api, SLOT_SET_SESSION_GRAPH_OPTIMIZATION_LEVEL))(options, level);
}

sluice_ort_status *sluice_ort_set_intra_threads(const sluice_ort_api *api,
                                                sluice_ort_session_options *options, int count) {
    typedef sluice_ort_status *(*function)(sluice_ort_session_options *, int);
    return ((function)slot(api, SLOT_SET_INTRA_OP_NUM_THREADS))(options, count);
}

sluice_ort_status *sluice_ort_set_inter_threads(const sluice_ort_api *api,
                                                sluice_ort_session_options *options, int count) {
    typedef sluice_ort_status *(*function)(sluice_ort_session_options *, int);
    return ((function)slot(api, SLOT_SET_INTER_OP_NUM_THREADS))(options, count);
}

sluice_ort_status *sluice_ort_add_config(const sluice_ort_api *api,
                                         sluice_ort_session_options *options, const char *key,
                                         const char *value) {
    typedef sluice_ort_status *(*function)(
        sluice_ort_session_options *, const char *, const char *);
    return ((function)slot(api, SLOT_ADD_SESSION_CONFIG_ENTRY))(options, key, value);
}

sluice_ort_status *sluice_ort_override_dimension(const sluice_ort_api *api,
                                                 sluice_ort_session_options *options,
                                                 const char *name, int64_t size) {
    typedef sluice_ort_status *(*function)(sluice_ort_session_options *, const char *, int64_t);
    return ((function)slot(api, SLOT_ADD_FREE_DIMENSION_OVERRIDE_BY_NAME))(options, name, size);
}

sluice_ort_status *sluice_ort_append_provider(const sluice_ort_api *api,
                                              sluice_ort_session_options *options,
                                              const char *name, const char *const *keys,
                                              const char *const *values, size_t count) {
    typedef sluice_ort_status *(*function)(
        sluice_ort_session_options *, const char *, const char *const *, const char *const *,
        size_t);
    return ((function)slot(api, SLOT_APPEND_EXECUTION_PROVIDER))(
        options, name, keys, values, count);
}

sluice_ort_status *sluice_ort_add_external_files(const sluice_ort_api *api,
                                                 sluice_ort_session_options *options,
                                                 const char *const *names, char *const *bytes,
                                                 const size_t *lengths, size_t count) {
    typedef sluice_ort_status *(*function)(
        sluice_ort_session_options *, const char *const *, char *const *, const size_t *, size_t);
    return ((function)slot(api, SLOT_ADD_EXTERNAL_INITIALIZERS_FROM_FILES_IN_MEMORY))(
        options, names, bytes, lengths, count);
}

sluice_ort_status *sluice_ort_create_session(const sluice_ort_api *api, const sluice_ort_env *env,
                                             const void *bytes, size_t count,
                                             const sluice_ort_session_options *options,
                                             sluice_ort_session **out) {
    typedef sluice_ort_status *(*function)(
        const sluice_ort_env *, const void *, size_t, const sluice_ort_session_options *,
        sluice_ort_session **);
    return ((function)slot(api, SLOT_CREATE_SESSION_FROM_ARRAY))(env, bytes, count, options, out);
}

void sluice_ort_release_session(const sluice_ort_api *api, sluice_ort_session *session) {
    typedef void (*function)(sluice_ort_session *);
    ((function)slot(api, SLOT_RELEASE_SESSION))(session);
}

sluice_ort_status *sluice_ort_input_count(const sluice_ort_api *api,
                                          const sluice_ort_session *session, size_t *out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_session *, size_t *);
    return ((function)slot(api, SLOT_SESSION_GET_INPUT_COUNT))(session, out);
}

sluice_ort_status *sluice_ort_output_count(const sluice_ort_api *api,
                                           const sluice_ort_session *session, size_t *out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_session *, size_t *);
    return ((function)slot(api, SLOT_SESSION_GET_OUTPUT_COUNT))(session, out);
}

sluice_ort_status *sluice_ort_input_name(const sluice_ort_api *api,
                                         const sluice_ort_session *session, size_t index,
                                         sluice_ort_allocator *allocator, char **out) {
    typedef sluice_ort_status *(*function)(
        const sluice_ort_session *, size_t, sluice_ort_allocator *, char **);
    return ((function)slot(api, SLOT_SESSION_GET_INPUT_NAME))(session, index, allocator, out);
}

sluice_ort_status *sluice_ort_output_name(const sluice_ort_api *api,
                                          const sluice_ort_session *session, size_t index,
                                          sluice_ort_allocator *allocator, char **out) {
    typedef sluice_ort_status *(*function)(
        const sluice_ort_session *, size_t, sluice_ort_allocator *, char **);
    return ((function)slot(api, SLOT_SESSION_GET_OUTPUT_NAME))(session, index, allocator, out);
}

sluice_ort_status *sluice_ort_input_type(const sluice_ort_api *api,
                                         const sluice_ort_session *session, size_t index,
                                         sluice_ort_type **out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_session *, size_t, sluice_ort_type **);
    return ((function)slot(api, SLOT_SESSION_GET_INPUT_TYPE_INFO))(session, index, out);
}

sluice_ort_status *sluice_ort_output_type(const sluice_ort_api *api,
                                          const sluice_ort_session *session, size_t index,
                                          sluice_ort_type **out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_session *, size_t, sluice_ort_type **);
    return ((function)slot(api, SLOT_SESSION_GET_OUTPUT_TYPE_INFO))(session, index, out);
}
