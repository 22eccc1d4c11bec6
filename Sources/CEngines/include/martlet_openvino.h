// OpenVINO 2026.4's C interface, loaded at run time: only the functions that Martlet calls, none of which is variadic.
//
// The lists are written once; the table, the loader and scripts/check-abi, which compares each line with OpenVINO's own
// headers, are made from them. Handles have OpenVINO's struct tags, so that their types are the same in both headers.
// A status is an `int`, an element type an `unsigned`: what clang makes of OpenVINO's enums.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "martlet_load.h"

struct ov_core;
struct ov_model;
struct ov_compiled_model;
struct ov_infer_request;
struct ov_output_const_port;
struct ov_tensor;

/// OpenVINO's `ov_shape_t`.
typedef struct martlet_openvino_shape {
    int64_t rank;
    int64_t *dimensions;
} martlet_openvino_shape;

/// OpenVINO's `ov_dimension_t`: both limits belong to it, and -1 as the upper one means that there is none.
typedef struct martlet_openvino_dimension {
    int64_t min;
    int64_t max;
} martlet_openvino_dimension;

/// OpenVINO's `ov_partial_shape_t`.
typedef struct martlet_openvino_partial_shape {
    martlet_openvino_dimension rank;
    martlet_openvino_dimension *dimensions;
} martlet_openvino_partial_shape;

/// OpenVINO's `ov_property_t`; every value that Martlet sets is text.
typedef struct martlet_openvino_property {
    const char *key;
    const void *value;
} martlet_openvino_property;

/// OpenVINO's `ov_version_t`.
typedef struct martlet_openvino_version {
    const char *build;
    const char *description;
} martlet_openvino_version;

// TYPE(name, number): the values of OpenVINO's enum ov_element_type_e that a tensor of Martlet can have.
#define MARTLET_OPENVINO_TYPES(TYPE)                                                                                   \
    TYPE(BOOLEAN, 1)                                                                                                   \
    TYPE(BF16, 2)                                                                                                      \
    TYPE(F16, 3)                                                                                                       \
    TYPE(F32, 4)                                                                                                       \
    TYPE(F64, 5)                                                                                                       \
    TYPE(I8, 7)                                                                                                        \
    TYPE(I16, 8)                                                                                                       \
    TYPE(I32, 9)                                                                                                       \
    TYPE(I64, 10)                                                                                                      \
    TYPE(U8, 16)                                                                                                       \
    TYPE(U16, 17)                                                                                                      \
    TYPE(U32, 18)                                                                                                      \
    TYPE(U64, 19)                                                                                                      \
    TYPE(STRING, 23)

enum martlet_openvino_type {
#define MARTLET_TYPE(name, number) MARTLET_OPENVINO_TYPE_##name = number,
    MARTLET_OPENVINO_TYPES(MARTLET_TYPE)
#undef MARTLET_TYPE
};

enum martlet_openvino_status {
    MARTLET_OPENVINO_OK = 0,
    /// Statuses from here down come from the C interface's own checks, which leave no message.
    MARTLET_OPENVINO_INVALID_C_PARAM = -14,
};

// FUNCTION(result, name, arguments)
#define MARTLET_OPENVINO_FUNCTIONS(FUNCTION)                                                                           \
    FUNCTION(const char *, ov_get_error_info, (int status))                                                            \
    FUNCTION(const char *, ov_get_last_err_msg, (void))                                                                \
    FUNCTION(void, ov_free, (const char *text))                                                                        \
    FUNCTION(int, ov_get_openvino_version, (martlet_openvino_version * version))                                       \
    FUNCTION(void, ov_version_free, (martlet_openvino_version * version))                                              \
    FUNCTION(int, ov_core_create, (struct ov_core * *core))                                                            \
    FUNCTION(void, ov_core_free, (struct ov_core * core))                                                              \
    FUNCTION(int, ov_core_set_properties,                                                                              \
             (const struct ov_core *core, const char *device, const size_t count,                                      \
              const martlet_openvino_property *properties))                                                            \
    FUNCTION(int, ov_core_read_model,                                                                                  \
             (const struct ov_core *core, const char *path, const char *weights_path, struct ov_model **model))        \
    FUNCTION(int, ov_core_compile_model_props,                                                                         \
             (const struct ov_core *core, const struct ov_model *model, const char *device, const size_t count,        \
              const martlet_openvino_property *properties, struct ov_compiled_model **compiled))                       \
    FUNCTION(void, ov_model_free, (struct ov_model * model))                                                           \
    FUNCTION(int, ov_model_reshape_by_port_indexes,                                                                    \
             (const struct ov_model *model, const size_t *positions, const martlet_openvino_partial_shape *shapes,     \
              size_t count))                                                                                           \
    FUNCTION(int, ov_model_const_output_by_index,                                                                      \
             (const struct ov_model *model, const size_t position, struct ov_output_const_port **port))                \
    FUNCTION(int, ov_compiled_model_inputs_size, (const struct ov_compiled_model *compiled, size_t *count))            \
    FUNCTION(int, ov_compiled_model_outputs_size, (const struct ov_compiled_model *compiled, size_t *count))           \
    FUNCTION(int, ov_compiled_model_input_by_index,                                                                    \
             (const struct ov_compiled_model *compiled, const size_t position, struct ov_output_const_port **port))    \
    FUNCTION(int, ov_compiled_model_output_by_index,                                                                   \
             (const struct ov_compiled_model *compiled, const size_t position, struct ov_output_const_port **port))    \
    FUNCTION(int, ov_compiled_model_input_by_name,                                                                     \
             (const struct ov_compiled_model *compiled, const char *name, struct ov_output_const_port **port))         \
    FUNCTION(int, ov_compiled_model_output_by_name,                                                                    \
             (const struct ov_compiled_model *compiled, const char *name, struct ov_output_const_port **port))         \
    FUNCTION(int, ov_compiled_model_get_property,                                                                      \
             (const struct ov_compiled_model *compiled, const char *key, char **value))                                \
    FUNCTION(int, ov_compiled_model_create_infer_request,                                                              \
             (const struct ov_compiled_model *compiled, struct ov_infer_request **request))                            \
    FUNCTION(void, ov_compiled_model_free, (struct ov_compiled_model * compiled))                                      \
    FUNCTION(int, ov_port_get_any_name, (const struct ov_output_const_port *port, char **name))                        \
    FUNCTION(int, ov_port_get_partial_shape,                                                                           \
             (const struct ov_output_const_port *port, martlet_openvino_partial_shape *shape))                         \
    FUNCTION(int, ov_port_get_element_type, (const struct ov_output_const_port *port, unsigned *type))                 \
    FUNCTION(void, ov_output_const_port_free, (struct ov_output_const_port * port))                                    \
    FUNCTION(void, ov_partial_shape_free, (martlet_openvino_partial_shape * shape))                                    \
    FUNCTION(int, ov_infer_request_get_input_tensor_by_index,                                                          \
             (const struct ov_infer_request *request, const size_t position, struct ov_tensor **tensor))               \
    FUNCTION(int, ov_infer_request_get_output_tensor_by_index,                                                         \
             (const struct ov_infer_request *request, const size_t position, struct ov_tensor **tensor))               \
    FUNCTION(int, ov_infer_request_infer, (struct ov_infer_request * request))                                         \
    FUNCTION(void, ov_infer_request_free, (struct ov_infer_request * request))                                         \
    FUNCTION(int, ov_tensor_set_shape, (struct ov_tensor * tensor, const martlet_openvino_shape shape))                \
    FUNCTION(int, ov_tensor_get_shape, (const struct ov_tensor *tensor, martlet_openvino_shape *shape))                \
    FUNCTION(int, ov_tensor_get_element_type, (const struct ov_tensor *tensor, unsigned *type))                        \
    FUNCTION(int, ov_tensor_get_byte_size, (const struct ov_tensor *tensor, size_t *bytes))                            \
    FUNCTION(int, ov_tensor_data, (const struct ov_tensor *tensor, void **data))                                       \
    FUNCTION(void, ov_tensor_free, (struct ov_tensor * tensor))                                                        \
    FUNCTION(int, ov_shape_free, (martlet_openvino_shape * shape))

#define MARTLET_MEMBER(result, name, arguments) result(*name) arguments;
/// OpenVINO's functions, under their own names.
struct martlet_openvino {
    MARTLET_OPENVINO_FUNCTIONS(MARTLET_MEMBER)
};
#undef MARTLET_MEMBER

/// Fills the table from a file and keeps the file loaded. Returns a `martlet_load_status`; other than 0, the message
/// names the missing file or function and the table is not to be used.
int martlet_openvino_load(const char *path, struct martlet_openvino *table, char *message, size_t capacity);
