// Compiled, never linked: repeats each function that Martlet loads beside the library's own header. A line that
// differs is a compiler's error ("conflicting types"), so a table cannot drift from the version that setup installs.
#include <LightGBM/c_api.h>
#include <duckdb.h>

#include "martlet_duckdb.h"
#include "martlet_lightgbm.h"

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

// Results are equal in size; from here on they also go by DuckDB's name.
#define martlet_duckdb_result duckdb_result

#define REPEAT(result, name, arguments) extern result name arguments;
MARTLET_LIGHTGBM_FUNCTIONS(REPEAT)
MARTLET_DUCKDB_FUNCTIONS(REPEAT)
