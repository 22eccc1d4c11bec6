// Compiled, never linked: repeats each function that Martlet loads beside the library's own header. A line that
// differs is a compiler's error ("conflicting types"), so a table cannot drift from the version that setup installs.
#include <LightGBM/c_api.h>
#include <duckdb.h>
#include <openvino/c/openvino.h>
#include <postgresql/libpq-fe.h>

#include "martlet_duckdb.h"
#include "martlet_libpq.h"
#include "martlet_lightgbm.h"
#include "martlet_openvino.h"

#define SAME(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #ours " is not " #theirs);

SAME(MARTLET_LIGHTGBM_FLOAT32, C_API_DTYPE_FLOAT32)
SAME(MARTLET_LIGHTGBM_FLOAT64, C_API_DTYPE_FLOAT64)
SAME(MARTLET_LIGHTGBM_PREDICT_NORMAL, C_API_PREDICT_NORMAL)
SAME(MARTLET_LIGHTGBM_PREDICT_RAW_SCORE, C_API_PREDICT_RAW_SCORE)
SAME(MARTLET_LIGHTGBM_PREDICT_LEAF_INDEX, C_API_PREDICT_LEAF_INDEX)
SAME(MARTLET_LIGHTGBM_IMPORTANCE_SPLIT, C_API_FEATURE_IMPORTANCE_SPLIT)
SAME(MARTLET_LIGHTGBM_IMPORTANCE_GAIN, C_API_FEATURE_IMPORTANCE_GAIN)

#define SAME_TYPE(name, number) SAME(MARTLET_DUCKDB_TYPE_##name, DUCKDB_TYPE_##name)
MARTLET_DUCKDB_TYPES(SAME_TYPE)
SAME(MARTLET_DUCKDB_STATEMENT_SELECT, DUCKDB_STATEMENT_TYPE_SELECT)
SAME(0, DuckDBSuccess)

SAME(sizeof(struct martlet_duckdb_result), sizeof(struct duckdb_result))
SAME(_Alignof(struct martlet_duckdb_result), _Alignof(struct duckdb_result))
SAME(sizeof(struct martlet_duckdb_string), sizeof(duckdb_string_t))
SAME(offsetof(struct martlet_duckdb_string, length), offsetof(duckdb_string_t, value.inlined.length))
SAME(offsetof(struct martlet_duckdb_string, prefix), offsetof(duckdb_string_t, value.inlined.inlined))
SAME(offsetof(struct martlet_duckdb_string, text), offsetof(duckdb_string_t, value.pointer.ptr))
SAME(MARTLET_DUCKDB_INLINE_LENGTH_MAX, sizeof(((duckdb_string_t *)0)->value.inlined.inlined))

#define SAME_OPENVINO_TYPE(name, number) SAME(MARTLET_OPENVINO_TYPE_##name, name)
MARTLET_OPENVINO_TYPES(SAME_OPENVINO_TYPE)
SAME(MARTLET_OPENVINO_OK, OK)
SAME(MARTLET_OPENVINO_INVALID_C_PARAM, INVALID_C_PARAM)

#define SAME_SIZE(ours, theirs)                                                                                        \
    SAME(sizeof(ours), sizeof(theirs))                                                                                 \
    SAME(_Alignof(ours), _Alignof(theirs))
#define SAME_MEMBER(ours, our_member, theirs, their_member)                                                            \
    SAME(offsetof(ours, our_member), offsetof(theirs, their_member))                                                   \
    SAME(sizeof(((ours *)0)->our_member), sizeof(((theirs *)0)->their_member))
SAME_SIZE(martlet_openvino_shape, ov_shape_t)
SAME_MEMBER(martlet_openvino_shape, rank, ov_shape_t, rank)
SAME_MEMBER(martlet_openvino_shape, dimensions, ov_shape_t, dims)
SAME_SIZE(martlet_openvino_dimension, ov_dimension_t)
SAME_MEMBER(martlet_openvino_dimension, min, ov_dimension_t, min)
SAME_MEMBER(martlet_openvino_dimension, max, ov_dimension_t, max)
SAME_SIZE(martlet_openvino_partial_shape, ov_partial_shape_t)
SAME_MEMBER(martlet_openvino_partial_shape, rank, ov_partial_shape_t, rank)
SAME_MEMBER(martlet_openvino_partial_shape, dimensions, ov_partial_shape_t, dims)
SAME_SIZE(martlet_openvino_property, ov_property_t)
SAME_MEMBER(martlet_openvino_property, key, ov_property_t, key)
SAME_MEMBER(martlet_openvino_property, value, ov_property_t, value)
SAME_SIZE(martlet_openvino_version, ov_version_t)
SAME_MEMBER(martlet_openvino_version, build, ov_version_t, buildNumber)
SAME_MEMBER(martlet_openvino_version, description, ov_version_t, description)

SAME(MARTLET_LIBPQ_CONNECTION_OK, CONNECTION_OK)
SAME(MARTLET_LIBPQ_COMMAND_OK, PGRES_COMMAND_OK)
SAME(MARTLET_LIBPQ_TUPLES_OK, PGRES_TUPLES_OK)
SAME(MARTLET_LIBPQ_SINGLE_TUPLE, PGRES_SINGLE_TUPLE)
SAME(MARTLET_LIBPQ_PIPELINE_SYNC, PGRES_PIPELINE_SYNC)
SAME(MARTLET_LIBPQ_TRANSACTION_OPEN, PQTRANS_INTRANS)
SAME(MARTLET_LIBPQ_TRANSACTION_FAILED, PQTRANS_INERROR)
SAME(MARTLET_LIBPQ_DIAG_SQLSTATE, PG_DIAG_SQLSTATE)
SAME(MARTLET_LIBPQ_DIAG_MESSAGE, PG_DIAG_MESSAGE_PRIMARY)

// They are equal in size; from here on they also go by the libraries' names.
#define martlet_duckdb_result duckdb_result
#define martlet_openvino_shape ov_shape_t
#define martlet_openvino_partial_shape ov_partial_shape_t
#define martlet_openvino_property ov_property_t
#define martlet_openvino_version ov_version_t

#define REPEAT(result, name, arguments) extern result name arguments;
MARTLET_LIGHTGBM_FUNCTIONS(REPEAT)
MARTLET_DUCKDB_FUNCTIONS(REPEAT)
MARTLET_LIBPQ_FUNCTIONS(REPEAT)
MARTLET_OPENVINO_FUNCTIONS(REPEAT)
