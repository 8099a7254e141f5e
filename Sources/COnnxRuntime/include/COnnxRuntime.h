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
typedef struct sluice_ort_sequence_type sluice_ort_sequence_type;
typedef struct sluice_ort_map_type sluice_ort_map_type;

enum {
    // The versions of the table: at least that of ONNX Runtime 1.11, which has every slot used
    // here but two; at most the first that has all of them.
    SLUICE_ORT_LEAST_API = 11,
    SLUICE_ORT_FIRST_API_WITH_PROVIDERS = 12,
    SLUICE_ORT_FIRST_API_WITH_EXTERNAL_FILES = 18,
    SLUICE_ORT_MOST_API = 18,

    SLUICE_ORT_LOG_FATAL = 4,
    SLUICE_ORT_SEQUENTIAL = 0,
    SLUICE_ORT_OPTIMIZE_NONE = 0,
    SLUICE_ORT_OPTIMIZE_BASIC = 1,
    SLUICE_ORT_OPTIMIZE_EXTENDED = 2,
    SLUICE_ORT_OPTIMIZE_ALL = 99,
    SLUICE_ORT_ARENA_ALLOCATOR = 1,
    SLUICE_ORT_DEFAULT_MEMORY = 0,

    SLUICE_ORT_TYPE_TENSOR = 1,
    SLUICE_ORT_TYPE_SEQUENCE = 2,
    SLUICE_ORT_TYPE_MAP = 3,

    SLUICE_ORT_FLOAT32 = 1,
    SLUICE_ORT_UINT8 = 2,
    SLUICE_ORT_INT8 = 3,
    SLUICE_ORT_UINT16 = 4,
    SLUICE_ORT_INT16 = 5,
    SLUICE_ORT_INT32 = 6,
    SLUICE_ORT_INT64 = 7,
    SLUICE_ORT_STRING = 8,
    SLUICE_ORT_BOOL = 9,
    SLUICE_ORT_FLOAT16 = 10,
    SLUICE_ORT_FLOAT64 = 11,
    SLUICE_ORT_UINT32 = 12,
    SLUICE_ORT_UINT64 = 13,
    SLUICE_ORT_BFLOAT16 = 16,
};

// The variable that keeps a library from reporting its use, models' shapes and times to its maker, and from
// making an id for this device: official builds do so otherwise. It counts when the library begins.
extern const char sluice_ort_silencer[];

// Sets it. Early: `setenv` is for programs of one thread. Opening a library does it where nobody has.
void sluice_ort_silence(void);

// Loads the library at `path` and gets its function table. NULL on failure, with the reason in
// `reason` (always terminated). `version` is set to the library's own version text, `table_number`
// to the version of the table. Never unloaded.
const sluice_ort_api *sluice_ort_open(const char *path, const char **version, int *table_number,
                                      char *reason, size_t reason_capacity);

// The file that the library was loaded from; NULL where that is not known. Lives as long as it.
const char *sluice_ort_file(const sluice_ort_api *api);

int sluice_ort_error_code(const sluice_ort_api *api, const sluice_ort_status *status);
const char *sluice_ort_error_message(const sluice_ort_api *api, const sluice_ort_status *status);
void sluice_ort_release_status(const sluice_ort_api *api, sluice_ort_status *status);

sluice_ort_status *sluice_ort_create_env(const sluice_ort_api *api, int log_level,
                                         const char *log_id, sluice_ort_env **out);

// One arena for all sessions that say `session.use_env_allocators`; it grows by what is asked for.
sluice_ort_status *sluice_ort_share_arena(const sluice_ort_api *api, sluice_ort_env *env,
                                          const sluice_ort_memory *memory);

// The execution providers the library was built with.
sluice_ort_status *sluice_ort_providers(const sluice_ort_api *api, char ***out, int *count);
void sluice_ort_release_providers(const sluice_ort_api *api, char **names, int count);

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

// A dimension the model names and leaves open gets a size; a name it does not have is no error.
sluice_ort_status *sluice_ort_override_dimension(const sluice_ort_api *api,
                                                 sluice_ort_session_options *options,
                                                 const char *name, int64_t size);

// Only with a table of SLUICE_ORT_FIRST_API_WITH_PROVIDERS or later.
sluice_ort_status *sluice_ort_append_provider(const sluice_ort_api *api,
                                              sluice_ort_session_options *options,
                                              const char *name, const char *const *keys,
                                              const char *const *values, size_t count);

// Only with a table of SLUICE_ORT_FIRST_API_WITH_EXTERNAL_FILES or later. The bytes are copied when
// the session is made.
sluice_ort_status *sluice_ort_add_external_files(const sluice_ort_api *api,
                                                 sluice_ort_session_options *options,
                                                 const char *const *names, char *const *bytes,
                                                 const size_t *lengths, size_t count);

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

// The names belong to the type or value the shape was taken from; "" for a dimension without one.
sluice_ort_status *sluice_ort_dimension_names(const sluice_ort_api *api,
                                              const sluice_ort_shape *shape, const char **out,
                                              size_t count);

// What is cast belongs to `type`; what lies inside is the caller's to release.
sluice_ort_status *sluice_ort_sequence_of_type(const sluice_ort_api *api,
                                               const sluice_ort_type *type,
                                               const sluice_ort_sequence_type **out);
sluice_ort_status *sluice_ort_type_in_sequence(const sluice_ort_api *api,
                                               const sluice_ort_sequence_type *sequence,
                                               sluice_ort_type **out);
sluice_ort_status *sluice_ort_map_of_type(const sluice_ort_api *api, const sluice_ort_type *type,
                                          const sluice_ort_map_type **out);
sluice_ort_status *sluice_ort_key_of_map(const sluice_ort_api *api, const sluice_ort_map_type *map,
                                         int *out);
sluice_ort_status *sluice_ort_type_in_map(const sluice_ort_api *api, const sluice_ort_map_type *map,
                                          sluice_ort_type **out);

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
// A tensor of texts in the runtime's own memory. `text` ends with a zero and is copied; a text read
// has no zero, and `length` must be the one asked for.
sluice_ort_status *sluice_ort_create_text_tensor(const sluice_ort_api *api,
                                                 sluice_ort_allocator *allocator,
                                                 const int64_t *dimensions, size_t rank,
                                                 sluice_ort_value **out);
sluice_ort_status *sluice_ort_fill_text(const sluice_ort_api *api, sluice_ort_value *value,
                                        const char *text, size_t index);
sluice_ort_status *sluice_ort_text_length(const sluice_ort_api *api, const sluice_ort_value *value,
                                          size_t index, size_t *out);
sluice_ort_status *sluice_ort_text(const sluice_ort_api *api, const sluice_ort_value *value,
                                   size_t index, void *out, size_t length);

// A sequence's parts are its values; a map's are a tensor of keys and a tensor of values. A part is
// a copy, the caller's to release.
sluice_ort_status *sluice_ort_kind_of_value(const sluice_ort_api *api,
                                            const sluice_ort_value *value, int *out);
sluice_ort_status *sluice_ort_part_count(const sluice_ort_api *api, const sluice_ort_value *value,
                                         size_t *out);
sluice_ort_status *sluice_ort_part(const sluice_ort_api *api, const sluice_ort_value *value,
                                   int index, sluice_ort_allocator *allocator,
                                   sluice_ort_value **out);
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
