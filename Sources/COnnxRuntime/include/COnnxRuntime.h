// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// ONNX Runtime through dlopen: own declarations, one thin function for each slot of its function
// table that Infer uses. The table is append-only, so a slot keeps its number in every release.
// Every function that gives a status gives NULL for success; any other status is released by the
// caller with sluice_ort_release_status.

#ifndef SLUICE_ONNXRUNTIME_H
#define SLUICE_ONNXRUNTIME_H

#include <stddef.h>
#include <stdint.h>

typedef struct sluice_ort_api sluice_ort_api;
typedef struct sluice_ort_status sluice_ort_status;
typedef struct sluice_ort_env sluice_ort_env;
typedef struct sluice_ort_session sluice_ort_session;
typedef struct sluice_ort_session_options sluice_ort_session_options;
typedef struct sluice_ort_run_options sluice_ort_run_options;
typedef struct sluice_ort_value sluice_ort_value;
typedef struct sluice_ort_memory sluice_ort_memory;
typedef struct sluice_ort_allocator sluice_ort_allocator;
typedef struct sluice_ort_type sluice_ort_type;
typedef struct sluice_ort_shape sluice_ort_shape;

enum {
    // The version of the table asked for: that of ONNX Runtime 1.11, which has every slot used here.
    SLUICE_ORT_API_VERSION = 11,

    SLUICE_ORT_LOG_FATAL = 4,
    SLUICE_ORT_SEQUENTIAL = 0,
    SLUICE_ORT_OPTIMIZE_ALL = 99,
    SLUICE_ORT_ARENA_ALLOCATOR = 1,
    SLUICE_ORT_DEFAULT_MEMORY = 0,
    SLUICE_ORT_TYPE_TENSOR = 1,

    SLUICE_ORT_FLOAT32 = 1,
    SLUICE_ORT_INT64 = 7,
    SLUICE_ORT_STRING = 8,
    SLUICE_ORT_FLOAT64 = 11,
};

// Loads the library at `path` and gets its function table. NULL on failure, with the reason in
// `reason` (always terminated). `version` is set to the library's own version text. Never unloaded.
const sluice_ort_api *sluice_ort_open(const char *path, const char **version, char *reason,
                                      size_t reason_capacity);

int sluice_ort_error_code(const sluice_ort_api *api, const sluice_ort_status *status);
const char *sluice_ort_error_message(const sluice_ort_api *api, const sluice_ort_status *status);
void sluice_ort_release_status(const sluice_ort_api *api, sluice_ort_status *status);

sluice_ort_status *sluice_ort_create_env(const sluice_ort_api *api, int log_level,
                                         const char *log_id, sluice_ort_env **out);

sluice_ort_status *sluice_ort_create_session_options(const sluice_ort_api *api,
                                                     sluice_ort_session_options **out);
void sluice_ort_release_session_options(const sluice_ort_api *api,
                                        sluice_ort_session_options *options);
sluice_ort_status *sluice_ort_set_execution_mode(const sluice_ort_api *api,
                                                 sluice_ort_session_options *options, int mode);
sluice_ort_status *sluice_ort_enable_cpu_arena(const sluice_ort_api *api,
                                               sluice_ort_session_options *options);
sluice_ort_status *sluice_ort_set_log_severity(const sluice_ort_api *api,
                                               sluice_ort_session_options *options, int level);
sluice_ort_status *sluice_ort_set_optimization(const sluice_ort_api *api,
                                               sluice_ort_session_options *options, int level);
sluice_ort_status *sluice_ort_set_intra_threads(const sluice_ort_api *api,
                                                sluice_ort_session_options *options, int count);
sluice_ort_status *sluice_ort_set_inter_threads(const sluice_ort_api *api,
                                                sluice_ort_session_options *options, int count);
sluice_ort_status *sluice_ort_add_config(const sluice_ort_api *api,
                                         sluice_ort_session_options *options, const char *key,
                                         const char *value);

sluice_ort_status *sluice_ort_create_session(const sluice_ort_api *api, const sluice_ort_env *env,
                                             const void *bytes, size_t count,
                                             const sluice_ort_session_options *options,
                                             sluice_ort_session **out);
void sluice_ort_release_session(const sluice_ort_api *api, sluice_ort_session *session);
sluice_ort_status *sluice_ort_input_count(const sluice_ort_api *api,
                                          const sluice_ort_session *session, size_t *out);
sluice_ort_status *sluice_ort_output_count(const sluice_ort_api *api,
                                           const sluice_ort_session *session, size_t *out);
sluice_ort_status *sluice_ort_input_name(const sluice_ort_api *api,
                                         const sluice_ort_session *session, size_t index,
                                         sluice_ort_allocator *allocator, char **out);
sluice_ort_status *sluice_ort_output_name(const sluice_ort_api *api,
                                          const sluice_ort_session *session, size_t index,
                                          sluice_ort_allocator *allocator, char **out);
sluice_ort_status *sluice_ort_input_type(const sluice_ort_api *api,
                                         const sluice_ort_session *session, size_t index,
                                         sluice_ort_type **out);
sluice_ort_status *sluice_ort_output_type(const sluice_ort_api *api,
                                          const sluice_ort_session *session, size_t index,
                                          sluice_ort_type **out);

sluice_ort_status *sluice_ort_kind_of_type(const sluice_ort_api *api, const sluice_ort_type *type,
                                           int *out);
sluice_ort_status *sluice_ort_shape_of_type(const sluice_ort_api *api, const sluice_ort_type *type,
                                            const sluice_ort_shape **out);
void sluice_ort_release_type(const sluice_ort_api *api, sluice_ort_type *type);
sluice_ort_status *sluice_ort_shape_of_value(const sluice_ort_api *api,
                                             const sluice_ort_value *value, sluice_ort_shape **out);
void sluice_ort_release_shape(const sluice_ort_api *api, sluice_ort_shape *shape);
sluice_ort_status *sluice_ort_element(const sluice_ort_api *api, const sluice_ort_shape *shape,
                                      int *out);
sluice_ort_status *sluice_ort_rank(const sluice_ort_api *api, const sluice_ort_shape *shape,
                                   size_t *out);
sluice_ort_status *sluice_ort_dimensions(const sluice_ort_api *api, const sluice_ort_shape *shape,
                                         int64_t *out, size_t count);

sluice_ort_status *sluice_ort_default_allocator(const sluice_ort_api *api,
                                                sluice_ort_allocator **out);
sluice_ort_status *sluice_ort_allocator_free(const sluice_ort_api *api,
                                             sluice_ort_allocator *allocator, void *memory);
sluice_ort_status *sluice_ort_create_cpu_memory(const sluice_ort_api *api, int allocator_type,
                                                int memory_type, sluice_ort_memory **out);

// The memory stays the caller's and must outlive the value.
sluice_ort_status *sluice_ort_create_tensor(const sluice_ort_api *api,
                                            const sluice_ort_memory *memory, void *elements,
                                            size_t byte_count, const int64_t *dimensions,
                                            size_t rank, int element, sluice_ort_value **out);
sluice_ort_status *sluice_ort_is_tensor(const sluice_ort_api *api, const sluice_ort_value *value,
                                        int *out);
sluice_ort_status *sluice_ort_tensor_elements(const sluice_ort_api *api, sluice_ort_value *value,
                                              void **out);
void sluice_ort_release_value(const sluice_ort_api *api, sluice_ort_value *value);

sluice_ort_status *sluice_ort_create_run_options(const sluice_ort_api *api,
                                                 sluice_ort_run_options **out);
void sluice_ort_release_run_options(const sluice_ort_api *api, sluice_ort_run_options *options);
sluice_ort_status *sluice_ort_set_terminate(const sluice_ort_api *api,
                                            sluice_ort_run_options *options);
sluice_ort_status *sluice_ort_unset_terminate(const sluice_ort_api *api,
                                              sluice_ort_run_options *options);

// `outputs[i]` may be made beforehand or NULL (then the runtime makes it and the caller releases it).
sluice_ort_status *sluice_ort_run(const sluice_ort_api *api, sluice_ort_session *session,
                                  const sluice_ort_run_options *options,
                                  const char *const *input_names,
                                  const sluice_ort_value *const *inputs, size_t input_count,
                                  const char *const *output_names, size_t output_count,
                                  sluice_ort_value **outputs);

#endif
