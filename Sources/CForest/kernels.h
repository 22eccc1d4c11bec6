// The kernels in plain C, on vectors of 32 bytes that the compiler maps to what the processor has. Included once for each set
// of instructions, which defines KERNELS.

#include <string.h>

typedef uint8_t bytes32 __attribute__((vector_size(32), aligned(1)));

// How many of the sorted thresholds are below the value: a search in two steps of 16.
static inline uint32_t rank32(const float *sorted, float value) {
    uint32_t first = 0, within = 0;
    for (int i = 0; i < 16; i++) first += value > sorted[i];
    const float *sixteen = sorted + 16 + 16 * first;
    for (int i = 0; i < 16; i++) within += value > sixteen[i];
    return 16 * first + within;
}

static inline uint32_t rank64(const double *sorted, double value) {
    uint32_t first = 0, within = 0;
    for (int i = 0; i < 16; i++) first += value > sorted[i];
    const double *sixteen = sorted + 16 + 16 * first;
    for (int i = 0; i < 16; i++) within += value > sixteen[i];
    return 16 * first + within;
}

static inline uint8_t ranked(const martlet_forest_ranker *ranker, const martlet_forest_rank_column *column, double value,
                             uint32_t rank) {
    if (value != value) rank = column->missing == MARTLET_FOREST_MISSING_NONE ? ranker->zero_rank : column->missing_rank;
    else if (column->missing == MARTLET_FOREST_MISSING_ZERO && value >= -(double)1e-35f && value <= (double)1e-35f)
        rank = column->missing_rank;
    return (uint8_t)rank ^ column->flip;
}

static inline uint8_t class_of(const martlet_forest_category_group *group, double value) {
    if (value != value) return 1;
    if (!(value > -1 && value < (double)group->category_count) || (group->sign_first && value < 0)) return 0;
    return group->classes[(uint32_t)value];
}

static inline uint8_t member(const martlet_forest_category_set *set, uint8_t class) {
    return (set->members[class >> 3] >> (class & 7)) & 1 ? 255 : 0;
}

static void sort_categories(const martlet_forest *forest, int is_double, const martlet_forest_scratch *scratch, int block) {
    for (uint32_t i = 0; i < forest->category_group_count; i++) {
        const martlet_forest_category_group *group = forest->category_groups + i;
        uint8_t classes[BLOCK];
        for (int row = 0; row < BLOCK; row++) {
            size_t at = (size_t)group->feature * BLOCK + row;
            classes[row] = class_of(group, is_double ? ((const double *)scratch->values)[at] : ((const float *)scratch->values)[at]);
        }
        for (uint32_t j = 0; j < group->set_count; j++) {
            const martlet_forest_category_set *set = forest->category_sets + group->first_set + j;
            uint8_t *into = scratch->columns + ((size_t)set->column * BLOCKS + block) * BLOCK;
            for (int row = 0; row < BLOCK; row++) into[row] = member(set, classes[row]);
        }
    }
}

static void rank_block(const martlet_forest *forest, int is_double, const martlet_forest_scratch *scratch, int block) {
    for (uint32_t i = 0; i < forest->ranker_count; i++) {
        const martlet_forest_ranker *ranker = forest->rankers + i;
        const float *floats = (const float *)scratch->values + (size_t)ranker->feature * BLOCK;
        const double *doubles = (const double *)scratch->values + (size_t)ranker->feature * BLOCK;
        uint8_t ranks[BLOCK];
        for (int row = 0; row < BLOCK; row++)
            ranks[row] = (uint8_t)(is_double ? rank64(ranker->sorted64, doubles[row]) : rank32(ranker->sorted32, floats[row]));
        for (uint32_t j = 0; j < ranker->column_count; j++) {
            const martlet_forest_rank_column *column = forest->rank_columns + ranker->first_column + j;
            uint8_t *into = scratch->columns + ((size_t)column->column * BLOCKS + block) * BLOCK;
            for (int row = 0; row < BLOCK; row++) into[row] = ranked(ranker, column, is_double ? doubles[row] : floats[row], ranks[row]);
        }
    }
    sort_categories(forest, is_double, scratch, block);
}

#define RANK32 rank32
#define RANK64 rank64
#define rank_one_row rank_row
#include "row.h"
#undef rank_one_row
#undef RANK32
#undef RANK64

static inline __attribute__((always_inline)) void run_units(const martlet_forest *forest, const martlet_forest_chunk *chunk,
                                                            const martlet_forest_scratch *scratch, int vectors) {
    const martlet_forest_op *op = forest->ops + chunk->first_op;
    const uint16_t *slot = forest->slots + chunk->first_slot;
    for (uint32_t r = 0; r < chunk->run_count; r++) {
        martlet_forest_run run = forest->runs[chunk->first_run + r];
        for (uint32_t unit = 0; unit < run.unit_count; unit++) {
            bytes32 left[2 * BLOCKS];
            for (int v = 0; v < vectors; v++) left[v] = (bytes32){} - 1;
            for (uint32_t i = 0; i < run.op_count; i++, op++) {
                const bytes32 *column = (const bytes32 *)(scratch->columns + op->column);
                bytes32 threshold = (bytes32){} + (uint8_t)op->threshold;
                bytes32 clear = (bytes32){} + (uint8_t)(op->threshold >> 8);
                for (int v = 0; v < vectors; v++) left[v] &= ~((bytes32)(column[v] >= threshold) & clear);
            }
            bytes32 *into = (bytes32 *)(scratch->planes + (size_t)*slot++ * BLOCK * BLOCKS);
            for (int v = 0; v < vectors; v++) into[v] = left[v];
        }
    }
}

static void run_chunk(const martlet_forest *forest, const martlet_forest_chunk *chunk, const martlet_forest_scratch *scratch, int count) {
    if (count == 1) run_units(forest, chunk, scratch, 2);
    else if (count == 2) run_units(forest, chunk, scratch, 4);
    else run_units(forest, chunk, scratch, 2 * BLOCKS);
}

// The number of the first bit of each of 32 rows.
static inline __attribute__((always_inline)) bytes32 first_bits(const uint8_t *first, uint32_t planes) {
    bytes32 bits = (bytes32){}, base = (bytes32){};
    for (uint32_t plane = planes; plane-- > 0;) {
        bytes32 these = *(const bytes32 *)(first + (size_t)plane * BLOCK * BLOCKS);
        bytes32 empty = (bytes32)(these == 0);
        bits = (bits & empty) | these;
        base = (base & empty) | (~empty & (uint8_t)(plane * 8));
    }
    bits &= -bits;
    return base + (~(bytes32)((bits & 0xAA) == 0) & 1) + (~(bytes32)((bits & 0xCC) == 0) & 2) + (~(bytes32)((bits & 0xF0) == 0) & 4);
}

static void add_chunk(const martlet_forest *forest, const martlet_forest_chunk *chunk, const martlet_forest_scratch *scratch, int count) {
    uint32_t planes = chunk->planes, width = planes * 8 < 16 ? 16 : planes * 8;
    for (uint32_t tree = 0; tree < chunk->tree_count; tree++) {
        const int64_t *values = forest->values + chunk->first_value + (size_t)tree * width;
        const uint8_t *first = scratch->planes + (size_t)tree * planes * BLOCK * BLOCKS;
        for (int v = 0; v < 2 * count; v++) {
            bytes32 place = first_bits(first + 32 * v, planes);
            uint8_t places[32];
            memcpy(places, &place, 32);
            int64_t *sums = scratch->sums + 32 * v;
            for (int row = 0; row < 32; row++) sums[row] += values[places[row]];
        }
    }
}

// Copies the columns from one on; `count` values of each, filled up with zeros.
static void transpose_columns(const martlet_forest *forest, const martlet_forest_rows *rows, size_t first, size_t count, size_t feature,
                              void *into) {
    const int narrows = rows->is_double && forest->rounds_to_float;
    const ptrdiff_t stride = rows->row_stride;
    for (; feature < forest->feature_count; feature++) {
        ptrdiff_t at = (ptrdiff_t)first * stride + (ptrdiff_t)feature * rows->column_stride;
        float *floats = (float *)into + feature * BLOCK;
        double *doubles = (double *)into + feature * BLOCK;
        if (!rows->is_double) {
            const float *from = (const float *)rows->values + at;
            if (stride == 1) memcpy(floats, from, count * sizeof *from);
            else for (size_t row = 0; row < count; row++) floats[row] = from[(ptrdiff_t)row * stride];
            memset(floats + count, 0, (BLOCK - count) * sizeof *floats);
        } else if (narrows) {
            const double *from = (const double *)rows->values + at;
            for (size_t row = 0; row < count; row++) floats[row] = (float)from[(ptrdiff_t)row * stride];
            memset(floats + count, 0, (BLOCK - count) * sizeof *floats);
        } else {
            const double *from = (const double *)rows->values + at;
            if (stride == 1) memcpy(doubles, from, count * sizeof *from);
            else for (size_t row = 0; row < count; row++) doubles[row] = from[(ptrdiff_t)row * stride];
            memset(doubles + count, 0, (BLOCK - count) * sizeof *doubles);
        }
    }
}

static void transpose(const martlet_forest *forest, const martlet_forest_rows *rows, size_t first, size_t count, void *into) {
    transpose_columns(forest, rows, first, count, 0, into);
}

MARTLET_KERNELS_LINKAGE const martlet_forest_kernels KERNELS = {rank_block, rank_row, run_chunk, add_chunk, transpose, 0};
