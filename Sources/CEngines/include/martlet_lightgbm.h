// LightGBM 4.7, loaded at run time: only the functions that Martlet calls.
//
// The list is written once; the table, the loader and scripts/check-abi, which compares each line with LightGBM's own
// header, are made from it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "martlet_load.h"

/// A data set or a booster; `void *` in LightGBM.
typedef void *martlet_lightgbm_handle;

enum martlet_lightgbm_constant {
    MARTLET_LIGHTGBM_FLOAT32 = 0,
    MARTLET_LIGHTGBM_FLOAT64 = 1,
    MARTLET_LIGHTGBM_PREDICT_NORMAL = 0,
    MARTLET_LIGHTGBM_PREDICT_RAW_SCORE = 1,
    MARTLET_LIGHTGBM_PREDICT_LEAF_INDEX = 2,
    MARTLET_LIGHTGBM_IMPORTANCE_SPLIT = 0,
    MARTLET_LIGHTGBM_IMPORTANCE_GAIN = 1,
};

// FUNCTION(result, name, arguments)
#define MARTLET_LIGHTGBM_FUNCTIONS(FUNCTION)                                                                           \
    FUNCTION(const char *, LGBM_GetLastError, (void))                                                                  \
    FUNCTION(int, LGBM_RegisterLogCallback, (void (*callback)(const char *)))                                          \
    FUNCTION(int, LGBM_DumpParamAliases, (int64_t capacity, int64_t *length, char *text))                              \
    FUNCTION(int, LGBM_DatasetCreateFromMat,                                                                           \
             (const void *data, int type, int32_t rows, int32_t columns, int is_row_major, const char *parameters,     \
              const martlet_lightgbm_handle reference, martlet_lightgbm_handle *made))                                 \
    FUNCTION(int, LGBM_DatasetSetField,                                                                                \
             (martlet_lightgbm_handle dataset, const char *field, const void *data, int count, int type))              \
    FUNCTION(int, LGBM_DatasetSetFeatureNames,                                                                         \
             (martlet_lightgbm_handle dataset, const char **names, int count))                                         \
    FUNCTION(int, LGBM_DatasetFree, (martlet_lightgbm_handle dataset))                                                 \
    FUNCTION(int, LGBM_BoosterCreate,                                                                                  \
             (const martlet_lightgbm_handle dataset, const char *parameters, martlet_lightgbm_handle *made))           \
    FUNCTION(int, LGBM_BoosterLoadModelFromString,                                                                     \
             (const char *text, int *iterations, martlet_lightgbm_handle *made))                                       \
    FUNCTION(int, LGBM_BoosterFree, (martlet_lightgbm_handle booster))                                                 \
    FUNCTION(int, LGBM_BoosterAddValidData,                                                                            \
             (martlet_lightgbm_handle booster, const martlet_lightgbm_handle dataset))                                 \
    FUNCTION(int, LGBM_BoosterGetNumClasses, (martlet_lightgbm_handle booster, int *classes))                          \
    FUNCTION(int, LGBM_BoosterGetNumFeature, (martlet_lightgbm_handle booster, int *features))                         \
    FUNCTION(int, LGBM_BoosterUpdateOneIter, (martlet_lightgbm_handle booster, int *is_finished))                      \
    FUNCTION(int, LGBM_BoosterRollbackOneIter, (martlet_lightgbm_handle booster))                                      \
    FUNCTION(int, LGBM_BoosterGetCurrentIteration, (martlet_lightgbm_handle booster, int *iteration))                  \
    FUNCTION(int, LGBM_BoosterGetEvalCounts, (martlet_lightgbm_handle booster, int *count))                            \
    FUNCTION(int, LGBM_BoosterGetEvalNames,                                                                            \
             (martlet_lightgbm_handle booster, const int places, int *count, const size_t capacity,                    \
              size_t *needed, char **names))                                                                           \
    FUNCTION(int, LGBM_BoosterGetEval, (martlet_lightgbm_handle booster, int dataset, int *count, double *values))     \
    FUNCTION(int, LGBM_BoosterGetFeatureNames,                                                                         \
             (martlet_lightgbm_handle booster, const int places, int *count, const size_t capacity,                    \
              size_t *needed, char **names))                                                                           \
    FUNCTION(int, LGBM_BoosterCalcNumPredict,                                                                          \
             (martlet_lightgbm_handle booster, int rows, int kind, int first_iteration, int iterations,                \
              int64_t *count))                                                                                         \
    FUNCTION(int, LGBM_BoosterPredictForMat,                                                                           \
             (martlet_lightgbm_handle booster, const void *data, int type, int32_t rows, int32_t columns,              \
              int is_row_major, int kind, int first_iteration, int iterations, const char *parameters,                 \
              int64_t *count, double *values))                                                                         \
    FUNCTION(int, LGBM_BoosterSaveModelToString,                                                                       \
             (martlet_lightgbm_handle booster, int first_iteration, int iterations, int importance_kind,               \
              int64_t capacity, int64_t *length, char *text))                                                          \
    FUNCTION(int, LGBM_BoosterFeatureImportance,                                                                       \
             (martlet_lightgbm_handle booster, int iterations, int kind, double *values))

// Exported with C linkage, but declared in a C++ header (LightGBM/utils/openmp_wrapper.h).
#define MARTLET_LIGHTGBM_THREAD_FUNCTIONS(FUNCTION) FUNCTION(void, OMP_SET_NUM_THREADS, (int threads))

#define MARTLET_MEMBER(result, name, arguments) result(*name) arguments;
/// LightGBM's functions, under their own names.
struct martlet_lightgbm {
    MARTLET_LIGHTGBM_FUNCTIONS(MARTLET_MEMBER)
    MARTLET_LIGHTGBM_THREAD_FUNCTIONS(MARTLET_MEMBER)
};
#undef MARTLET_MEMBER

/// Fills the table from a file and keeps the file loaded. Returns a `martlet_load_status`; other than 0, the message
/// names the missing file or function and the table is not to be used.
int martlet_lightgbm_load(const char *path, struct martlet_lightgbm *table, char *message, size_t capacity);
