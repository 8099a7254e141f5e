// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// Types, shapes and values.

#include "COnnxRuntime.h"
#include "Slots.h"

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

sluice_ort_status *sluice_ort_dimension_names(const sluice_ort_api *api,
                                              const sluice_ort_shape *shape, const char **out,
                                              size_t count) {
    typedef sluice_ort_status *(*function)(const sluice_ort_shape *, const char **, size_t);
    return ((function)slot(api, SLOT_GET_SYMBOLIC_DIMENSIONS))(shape, out, count);
}

sluice_ort_status *sluice_ort_sequence_of_type(const sluice_ort_api *api,
                                               const sluice_ort_type *type,
                                               const sluice_ort_sequence_type **out) {
    typedef sluice_ort_status *(*function)(
        const sluice_ort_type *, const sluice_ort_sequence_type **);
    return ((function)slot(api, SLOT_CAST_TYPE_INFO_TO_SEQUENCE_TYPE_INFO))(type, out);
}

sluice_ort_status *sluice_ort_type_in_sequence(const sluice_ort_api *api,
                                               const sluice_ort_sequence_type *sequence,
                                               sluice_ort_type **out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_sequence_type *, sluice_ort_type **);
    return ((function)slot(api, SLOT_GET_SEQUENCE_ELEMENT_TYPE))(sequence, out);
}

sluice_ort_status *sluice_ort_map_of_type(const sluice_ort_api *api, const sluice_ort_type *type,
                                          const sluice_ort_map_type **out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_type *, const sluice_ort_map_type **);
    return ((function)slot(api, SLOT_CAST_TYPE_INFO_TO_MAP_TYPE_INFO))(type, out);
}

sluice_ort_status *sluice_ort_key_of_map(const sluice_ort_api *api, const sluice_ort_map_type *map,
                                         int *out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_map_type *, int *);
    return ((function)slot(api, SLOT_GET_MAP_KEY_TYPE))(map, out);
}

sluice_ort_status *sluice_ort_type_in_map(const sluice_ort_api *api, const sluice_ort_map_type *map,
                                          sluice_ort_type **out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_map_type *, sluice_ort_type **);
    return ((function)slot(api, SLOT_GET_MAP_VALUE_TYPE))(map, out);
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

sluice_ort_status *sluice_ort_create_text_tensor(const sluice_ort_api *api,
                                                 sluice_ort_allocator *allocator,
                                                 const int64_t *dimensions, size_t rank,
                                                 sluice_ort_value **out) {
    typedef sluice_ort_status *(*function)(
        sluice_ort_allocator *, const int64_t *, size_t, int, sluice_ort_value **);
    return ((function)slot(api, SLOT_CREATE_TENSOR))(
        allocator, dimensions, rank, SLUICE_ORT_STRING, out);
}

sluice_ort_status *sluice_ort_fill_text(const sluice_ort_api *api, sluice_ort_value *value,
                                        const char *text, size_t index) {
    typedef sluice_ort_status *(*function)(sluice_ort_value *, const char *, size_t);
    return ((function)slot(api, SLOT_FILL_STRING_TENSOR_ELEMENT))(value, text, index);
}

sluice_ort_status *sluice_ort_text_length(const sluice_ort_api *api, const sluice_ort_value *value,
                                          size_t index, size_t *out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_value *, size_t, size_t *);
    return ((function)slot(api, SLOT_GET_STRING_TENSOR_ELEMENT_LENGTH))(value, index, out);
}

sluice_ort_status *sluice_ort_text(const sluice_ort_api *api, const sluice_ort_value *value,
                                   size_t index, void *out, size_t length) {
    typedef sluice_ort_status *(*function)(const sluice_ort_value *, size_t, size_t, void *);
    return ((function)slot(api, SLOT_GET_STRING_TENSOR_ELEMENT))(value, length, index, out);
}

sluice_ort_status *sluice_ort_kind_of_value(const sluice_ort_api *api,
                                            const sluice_ort_value *value, int *out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_value *, int *);
    return ((function)slot(api, SLOT_GET_VALUE_TYPE))(value, out);
}

sluice_ort_status *sluice_ort_part_count(const sluice_ort_api *api, const sluice_ort_value *value,
                                         size_t *out) {
    typedef sluice_ort_status *(*function)(const sluice_ort_value *, size_t *);
    return ((function)slot(api, SLOT_GET_VALUE_COUNT))(value, out);
}

sluice_ort_status *sluice_ort_part(const sluice_ort_api *api, const sluice_ort_value *value,
                                   int index, sluice_ort_allocator *allocator,
                                   sluice_ort_value **out) {
    typedef sluice_ort_status *(*function)(
        const sluice_ort_value *, int, sluice_ort_allocator *, sluice_ort_value **);
    return ((function)slot(api, SLOT_GET_VALUE))(value, index, allocator, out);
}
