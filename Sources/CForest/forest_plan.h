#ifndef MARTLET_FOREST_PLAN_H
#define MARTLET_FOREST_PLAN_H

#include "martlet_forest.h"

#define BLOCK MARTLET_FOREST_BLOCK
#define BLOCKS MARTLET_FOREST_BLOCKS

// Scratch memory of one call.
typedef struct {
    uint8_t *row;       // the columns of one row
    uint8_t *columns;   // column_count * BLOCKS * BLOCK: each column's blocks follow one another
    uint8_t *planes;    // UNITS_MAX * BLOCKS * BLOCK
    void *values;       // feature_count * BLOCK doubles or floats: one block, column by column
    int64_t *sums;      // BLOCKS * BLOCK
} martlet_forest_scratch;

// What one set of instructions brings. Blocks are `count` (1 or 2) of 64 rows each.
typedef struct {
    // Fills the columns of block `block` from scratch->values.
    void (*rank)(const martlet_forest *, int is_double, const martlet_forest_scratch *, int block);
    // Fills one byte a column from one row.
    void (*rank_row)(const martlet_forest *, const martlet_forest_rows *, size_t row, uint8_t *columns);
    // Runs the chunk's operations: fills scratch->planes.
    void (*run)(const martlet_forest *, const martlet_forest_chunk *, const martlet_forest_scratch *, int count);
    // Adds the chunk's leaves to scratch->sums.
    void (*add)(const martlet_forest *, const martlet_forest_chunk *, const martlet_forest_scratch *, int count);
    // Copies up to 64 rows, column by column, and fills up with zeros.
    void (*transpose)(const martlet_forest *, const martlet_forest_rows *, size_t first, size_t count, void *into);
    // One row through all lanes; null where there is no fast way. `columns` holds LANE_COLUMNS_MAX bytes.
    void (*lane)(const martlet_forest *, const uint8_t *columns, int64_t *sums, int32_t *leaves);
} martlet_forest_kernels;

extern const martlet_forest_kernels martlet_forest_plain;
#if defined(__x86_64__)
extern const martlet_forest_kernels martlet_forest_avx2;
extern const martlet_forest_kernels martlet_forest_avx512;
#endif

#endif
