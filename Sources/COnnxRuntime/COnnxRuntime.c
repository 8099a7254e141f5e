// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

#include "COnnxRuntime.h"

#include <dlfcn.h>
#include <stdio.h>

// Where the functions lie in the runtime's table.
enum {
    SLOT_GET_ERROR_CODE = 1,
    SLOT_GET_ERROR_MESSAGE = 2,
    SLOT_CREATE_ENV = 3,
    SLOT_CREATE_SESSION_FROM_ARRAY = 8,
    SLOT_RUN = 9,
    SLOT_CREATE_SESSION_OPTIONS = 10,
    SLOT_SET_SESSION_EXECUTION_MODE = 13,
    SLOT_ENABLE_CPU_MEM_ARENA = 18,
    SLOT_SET_SESSION_LOG_SEVERITY_LEVEL = 22,
    SLOT_SET_SESSION_GRAPH_OPTIMIZATION_LEVEL = 23,
    SLOT_SET_INTRA_OP_NUM_THREADS = 24,
    SLOT_SET_INTER_OP_NUM_THREADS = 25,
    SLOT_SESSION_GET_INPUT_COUNT = 30,
    SLOT_SESSION_GET_OUTPUT_COUNT = 31,
    SLOT_SESSION_GET_INPUT_TYPE_INFO = 33,
    SLOT_SESSION_GET_OUTPUT_TYPE_INFO = 34,
    SLOT_SESSION_GET_INPUT_NAME = 36,
    SLOT_SESSION_GET_OUTPUT_NAME = 37,
    SLOT_CREATE_RUN_OPTIONS = 39,
    SLOT_RUN_OPTIONS_SET_TERMINATE = 46,
    SLOT_RUN_OPTIONS_UNSET_TERMINATE = 47,
    SLOT_CREATE_TENSOR_WITH_DATA = 49,
    SLOT_IS_TENSOR = 50,
    SLOT_GET_TENSOR_MUTABLE_DATA = 51,
    SLOT_CAST_TYPE_INFO_TO_TENSOR_INFO = 55,
    SLOT_GET_ONNX_TYPE_FROM_TYPE_INFO = 56,
    SLOT_GET_TENSOR_ELEMENT_TYPE = 60,
    SLOT_GET_DIMENSIONS_COUNT = 61,
    SLOT_GET_DIMENSIONS = 62,
    SLOT_GET_TENSOR_TYPE_AND_SHAPE = 65,
    SLOT_CREATE_CPU_MEMORY_INFO = 69,
    SLOT_ALLOCATOR_FREE = 76,
    SLOT_GET_ALLOCATOR_WITH_DEFAULT_OPTIONS = 78,
    SLOT_RELEASE_STATUS = 93,
    SLOT_RELEASE_SESSION = 95,
    SLOT_RELEASE_VALUE = 96,
    SLOT_RELEASE_RUN_OPTIONS = 97,
    SLOT_RELEASE_TYPE_INFO = 98,
    SLOT_RELEASE_TENSOR_TYPE_AND_SHAPE_INFO = 99,
    SLOT_RELEASE_SESSION_OPTIONS = 100,
    SLOT_ADD_SESSION_CONFIG_ENTRY = 130,
};

// What the one exported function gives: the way to the table, and the version text.
typedef struct {
    const void *const *(*get_api)(uint32_t version);
    const char *(*get_version)(void);
} entry_point;

// The address of the table is what the outside calls `sluice_ort_api`.
static const void *slot(const sluice_ort_api *api, int number) {
    return ((const void *const *)api)[number];
}

const sluice_ort_api *sluice_ort_open(const char *path, const char **version, char *reason,
                                      size_t reason_capacity) {
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
    const void *const *table = found->get_api(SLUICE_ORT_API_VERSION);
    if (table == NULL) {
        snprintf(reason, reason_capacity, "version %s has no API version %d", *version,
                 SLUICE_ORT_API_VERSION);
        return NULL;
    }
    return (const sluice_ort_api *)table;
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
    ((function)slot(api, SLOT_RELEASE_STATUS))(status);
}

sluice_ort_status *sluice_ort_create_env(const sluice_ort_api *api, int log_level,
                                         const char *log_id, sluice_ort_env **out) {
    typedef sluice_ort_status *(*function)(int, const char *, sluice_ort_env **);
    return ((function)slot(api, SLOT_CREATE_ENV))(log_level, log_id, out);
}

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

sluice_ort_status *sluice_ort_kind_of_type(const sluice_ort_api *api, const sluice_ort_type *type,
                                           int *out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_type *, int *);
    return ((function)slot(api, SLOT_GET_ONNX_TYPE_FROM_TYPE_INFO))(type, out);
}

sluice_ort_status *sluice_ort_shape_of_type(const sluice_ort_api *api, const sluice_ort_type *type,
                                            const sluice_ort_shape **out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_type *, const sluice_ort_shape **);
    return ((function)slot(api, SLOT_CAST_TYPE_INFO_TO_TENSOR_INFO))(type, out);
}

void sluice_ort_release_type(const sluice_ort_api *api, sluice_ort_type *type) {
    typedef void (*function)(sluice_ort_type *);
    ((function)slot(api, SLOT_RELEASE_TYPE_INFO))(type);
}

sluice_ort_status *sluice_ort_shape_of_value(const sluice_ort_api *api,

                                                     const sluice_ort_value *value,
        sluice_ort_shape **out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_value *, sluice_ort_shape **);
    return ((function)slot(api, SLOT_GET_TENSOR_TYPE_AND_SHAPE))(value, out);
}

void sluice_ort_release_shape(const sluice_ort_api *api, sluice_ort_shape *shape) {
    typedef void (*function)(sluice_ort_shape *);
    ((function)slot(api, SLOT_RELEASE_TENSOR_TYPE_AND_SHAPE_INFO))(shape);
}

sluice_ort_status *sluice_ort_element(const sluice_ort_api *api, const sluice_ort_shape *shape,
                                      int *out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_shape *, int *);
    return ((function)slot(api, SLOT_GET_TENSOR_ELEMENT_TYPE))(shape, out);
}

sluice_ort_status *sluice_ort_rank(const sluice_ort_api *api, const sluice_ort_shape *shape,
                                   size_t *out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_shape *, size_t *);
    return ((function)slot(api, SLOT_GET_DIMENSIONS_COUNT))(shape, out);
}

sluice_ort_status *sluice_ort_dimensions(const sluice_ort_api *api, const sluice_ort_shape *shape,
                                         int64_t *out, size_t count) {
    typedef sluice_ort_status *(*function)(const sluice_ort_shape *, int64_t *, size_t);
    return ((function)slot(api, SLOT_GET_DIMENSIONS))(shape, out, count);
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

sluice_ort_status *sluice_ort_create_tensor(const sluice_ort_api *api,
                                            const sluice_ort_memory *memory, void *elements,
                                            size_t byte_count, const int64_t *dimensions,
                                            size_t rank, int element, sluice_ort_value **out) {
    typedef sluice_ort_status *(*function)(
        const sluice_ort_memory *, void *, size_t, const int64_t *, size_t, int,
        sluice_ort_value **);
    return ((function)slot(api, SLOT_CREATE_TENSOR_WITH_DATA))(
        memory, elements, byte_count, dimensions, rank, element, out);
}

sluice_ort_status *sluice_ort_is_tensor(const sluice_ort_api *api, const sluice_ort_value *value,
                                        int *out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_value *, int *);
    return ((function)slot(api, SLOT_IS_TENSOR))(value, out);
}

sluice_ort_status *sluice_ort_tensor_elements(const sluice_ort_api *api, sluice_ort_value *value,
                                              void **out) {
    typedef sluice_ort_status *(*function)(sluice_ort_value *, void **);
    return ((function)slot(api, SLOT_GET_TENSOR_MUTABLE_DATA))(value, out);
}

void sluice_ort_release_value(const sluice_ort_api *api, sluice_ort_value *value) {
    typedef void (*function)(sluice_ort_value *);
    ((function)slot(api, SLOT_RELEASE_VALUE))(value);
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
