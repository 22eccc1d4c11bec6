#include "forest_plan.h"

#include <string.h>

#define ROUND(size) (((size) + 63) & ~(size_t)63)
// From so many rows on a block is cheaper than rows by themselves.
#define ROWS_OF_A_BLOCK 14

static const martlet_forest_kernels *kernels_of(int instructions) {
#if defined(__x86_64__)
    if (instructions == MARTLET_FOREST_AVX512) return &martlet_forest_avx512;
    if (instructions == MARTLET_FOREST_AVX2) return &martlet_forest_avx2;
#endif
    return &martlet_forest_plain;
}

int martlet_forest_instructions(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bitalg") &&
        __builtin_cpu_supports("gfni"))
        return MARTLET_FOREST_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) return MARTLET_FOREST_AVX2;
#endif
    return MARTLET_FOREST_PLAIN;
}

static size_t columns_size(const martlet_forest *forest) { return ROUND((size_t)forest->column_count * BLOCK * BLOCKS); }

// The columns of one row: a byte each.
static size_t row_size(const martlet_forest *forest) {
    size_t size = ROUND((size_t)forest->column_count);
    return size < MARTLET_FOREST_LANE_COLUMNS_MAX ? MARTLET_FOREST_LANE_COLUMNS_MAX : size;
}

size_t martlet_forest_scratch_size(const martlet_forest *forest, size_t row_count) {
    if (row_count < ROWS_OF_A_BLOCK) return row_size(forest);
    return columns_size(forest) + MARTLET_FOREST_UNITS_MAX * BLOCK * BLOCKS +
           ROUND((size_t)forest->feature_count * BLOCK * sizeof(double)) + BLOCK * BLOCKS * sizeof(int64_t) + row_size(forest);
}

static martlet_forest_scratch divide(const martlet_forest *forest, size_t row_count, void *memory) {
    martlet_forest_scratch scratch;
    uint8_t *next = memory;
    scratch.row = next, next += row_size(forest);
    if (row_count < ROWS_OF_A_BLOCK) return scratch;
    scratch.columns = next, next += columns_size(forest);
    scratch.planes = next, next += MARTLET_FOREST_UNITS_MAX * BLOCK * BLOCKS;
    scratch.values = next, next += ROUND((size_t)forest->feature_count * BLOCK * sizeof(double));
    scratch.sums = (int64_t *)next;
    return scratch;
}

static inline int32_t walk_once(const martlet_forest_walk_node *nodes, int32_t at, const uint8_t *columns, size_t stride) {
    const martlet_forest_walk_node *node = nodes + at;
    return columns[node->column * stride] >= node->threshold ? node->right : node->left;
}

// Eight at a time, so that the processor has something to do while it waits for memory.
static void walk_row(const martlet_forest *forest, const uint8_t *columns, int64_t *sums, int32_t *leaves) {
    for (uint32_t first = 0; first < forest->walk_count; first += 8) {
        uint32_t count = forest->walk_count - first < 8 ? forest->walk_count - first : 8;
        const martlet_forest_walk *walks = forest->walks + first;
        int32_t at[8];
        for (uint32_t i = 0; i < count; i++) at[i] = walks[i].root;
        for (int moves = 1; moves;) {
            moves = 0;
            for (uint32_t i = 0; i < count; i++) {
                int32_t safe = at[i] < 0 ? 0 : at[i];
                int32_t next = walk_once(forest->walk_nodes, safe, columns, 1);
                at[i] = at[i] < 0 ? at[i] : next;
                moves |= at[i] >= 0;
            }
        }
        for (uint32_t i = 0; i < count; i++) {
            sums[walks[i].group] += forest->walk_values[-1 - at[i]];
            if (leaves) leaves[walks[i].tree] = forest->walk_leaves[-1 - at[i]];
        }
    }
}

static void walk_block(const martlet_forest *forest, const martlet_forest_walk *walk, const uint8_t *columns, size_t rows,
                       int64_t *sums, int32_t *leaves) {
    for (size_t first = 0; first < rows; first += 8) {
        size_t count = rows - first < 8 ? rows - first : 8;
        int32_t at[8];
        for (size_t i = 0; i < count; i++) at[i] = walk->root;
        for (int moves = walk->root >= 0; moves;) {
            moves = 0;
            for (size_t i = 0; i < count; i++) {
                int32_t safe = at[i] < 0 ? 0 : at[i];
                int32_t next = walk_once(forest->walk_nodes, safe, columns + first + i, BLOCK * BLOCKS);
                at[i] = at[i] < 0 ? at[i] : next;
                moves |= at[i] >= 0;
            }
        }
        for (size_t i = 0; i < count; i++) {
            sums[(first + i) * forest->group_count + walk->group] += forest->walk_values[-1 - at[i]];
            if (leaves) leaves[(first + i) * forest->tree_count + walk->tree] = forest->walk_leaves[-1 - at[i]];
        }
    }
}

static void read_leaves(const martlet_forest *forest, const martlet_forest_chunk *chunk, const martlet_forest_scratch *scratch,
                        size_t rows, int32_t *leaves) {
    uint32_t width = chunk->planes * 8 < 16 ? 16 : chunk->planes * 8;
    for (uint32_t tree = 0; tree < chunk->tree_count; tree++) {
        const uint8_t *planes = scratch->planes + (size_t)tree * chunk->planes * BLOCK * BLOCKS;
        for (size_t row = 0; row < rows; row++) {
            uint32_t plane = 0;
            while (!planes[(size_t)plane * BLOCK * BLOCKS + row]) plane++;
            uint32_t bit = plane * 8 + (uint32_t)__builtin_ctz(planes[(size_t)plane * BLOCK * BLOCKS + row]);
            leaves[row * forest->tree_count + forest->chunk_trees[chunk->first_tree + tree]] =
                forest->leaf_numbers[chunk->first_value + (size_t)tree * width + bit];
        }
    }
}

static void sum_blocks(const martlet_forest *forest, const martlet_forest_kernels *kernels, const martlet_forest_rows *rows,
                       size_t first, size_t count, int64_t *sums, int32_t *leaves, const martlet_forest_scratch *scratch) {
    int is_double = rows->is_double && !forest->rounds_to_float;
    int blocks = (int)((count + BLOCK - 1) / BLOCK);
    for (int block = 0; block < blocks; block++) {
        size_t start = (size_t)block * BLOCK, those = count - start < BLOCK ? count - start : BLOCK;
        kernels->transpose(forest, rows, first + start, those, scratch->values);
        kernels->rank(forest, is_double, scratch, block);
    }
    uint32_t groups = forest->group_count;
    memset(sums, 0, count * groups * sizeof *sums);
    for (uint32_t c = 0; c < forest->chunk_count;) {
        uint32_t group = forest->chunks[c].group;
        memset(scratch->sums, 0, (size_t)blocks * BLOCK * sizeof *scratch->sums);
        for (; c < forest->chunk_count && forest->chunks[c].group == group; c++) {
            kernels->run(forest, forest->chunks + c, scratch, blocks);
            kernels->add(forest, forest->chunks + c, scratch, blocks);
            if (leaves) read_leaves(forest, forest->chunks + c, scratch, count, leaves);
        }
        for (size_t row = 0; row < count; row++) sums[row * groups + group] += scratch->sums[row];
    }
    for (uint32_t w = 0; w < forest->walk_count; w++)
        if (forest->walks[w].is_large) walk_block(forest, forest->walks + w, scratch->columns, count, sums, leaves);
}

void martlet_forest_sum(const martlet_forest *forest, int instructions, const martlet_forest_rows *rows, int64_t *sums,
                        int32_t *leaves, void *memory) {
    const martlet_forest_kernels *kernels = kernels_of(instructions);
    martlet_forest_scratch scratch = divide(forest, rows->row_count, memory);
    size_t groups = forest->group_count, trees = forest->tree_count, row = 0;
    while (rows->row_count - row >= ROWS_OF_A_BLOCK) {
        size_t count = rows->row_count - row < BLOCK * BLOCKS ? rows->row_count - row : BLOCK * BLOCKS;
        sum_blocks(forest, kernels, rows, row, count, sums + row * groups, leaves ? leaves + row * trees : 0, &scratch);
        row += count;
    }
    for (; row < rows->row_count; row++) {
        int64_t *into = sums + row * groups;
        int32_t *these = leaves ? leaves + row * trees : 0;
        memset(into, 0, groups * sizeof *into);
        kernels->rank_row(forest, rows, row, scratch.row);
        if (kernels->lane && forest->lane_count) kernels->lane(forest, scratch.row, into, these);
        else walk_row(forest, scratch.row, into, these);
    }
}
