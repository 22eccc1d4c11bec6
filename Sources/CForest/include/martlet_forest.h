#ifndef MARTLET_FOREST_H
#define MARTLET_FOREST_H

// Scores forests of decision trees on byte ranks; docs/performance.md explains the layout.
//
// Each value is replaced by its rank among the thresholds of its feature, a byte; 64 rows are one vector of bytes. A tree is a
// set of leaves, a bit for each leaf, 8 leaves a byte plane; a node that a row passes on its larger side clears the leaves of its
// smaller side, and the first bit left is the row's leaf. Leaf values are added as fixed-point integers, so that neither
// the order of the trees nor the processor changes a sum.
//
// Nothing here allocates, keeps state or checks its input: the arrays are made and checked by CompiledForest.

#include <stddef.h>
#include <stdint.h>

/// Rows of one block: the bytes of the widest vector.
#define MARTLET_FOREST_BLOCK 64
/// Blocks that go through the trees together.
#define MARTLET_FOREST_BLOCKS 4
/// Byte planes of a tree that is scored by planes: 8 leaves each.
#define MARTLET_FOREST_PLANES_MAX 32
/// Byte planes of one chunk of trees.
#define MARTLET_FOREST_UNITS_MAX 128
/// Columns of bytes that the fast path for one row can hold.
#define MARTLET_FOREST_LANE_COLUMNS_MAX 256

/// Ranks one feature among at most 255 of its thresholds: how many are below the value.
typedef struct {
    uint32_t feature;
    uint32_t levels;              // the search's steps: 2^levels - 1 thresholds or fewer
    uint32_t first_column;        // into rank_columns
    uint32_t column_count;
    uint32_t near_count;          // at most so many thresholds round down to one float
    uint32_t zero_rank;           // the rank of 0
    const float *heap;            // 256: thresholds rounded down to floats, as an implicit search tree from index 1
    const float *sorted32;        // 16 pivots, then 256: rounded down, ascending, filled up with infinity
    const double *sorted64;       // 16 pivots, then 256 + near_count: exact
} martlet_forest_ranker;

enum { MARTLET_FOREST_MISSING_NONE = 0, MARTLET_FOREST_MISSING_ZERO = 1, MARTLET_FOREST_MISSING_NAN = 2 };

/// One column of bytes that follows from a ranker.
typedef struct {
    uint32_t column;
    uint8_t missing;              // which values are missing
    uint8_t missing_rank;         // what stands for them
    uint8_t flip;                 // 255: the column holds 255 - rank
    uint8_t unused;
} martlet_forest_rank_column;

/// Sorts one feature's categories into classes that no set tells apart. Class 0: in no set; class 1: not a number.
typedef struct {
    uint32_t feature;
    uint32_t category_count;      // length of classes
    uint32_t first_set;           // into category_sets
    uint32_t set_count;
    uint32_t sign_first;          // whether values between -1 and 0 are negative rather than 0
    uint32_t unused;
    const uint8_t *classes;
} martlet_forest_category_group;

/// One column of bytes: 255 for rows whose class is a member, otherwise 0.
typedef struct {
    uint32_t column;
    uint32_t unused;
    uint8_t members[32];          // a bit for each class
} martlet_forest_category_set;

/// Where the column's byte is at least the threshold, a plane keeps only some of its bits.
typedef struct {
    uint32_t column;              // byte offset of the column: its number * 256
    uint32_t threshold;           // AVX-512: the byte, four times. Otherwise: the byte + 256 * the bits that go
    uint64_t keep;                // AVX-512: the bits that stay, as the matrix of an affine map over GF(2)
} martlet_forest_op;

/// Units (planes of trees) with equally many operations that follow one another.
typedef struct {
    uint32_t unit_count;
    uint32_t op_count;
} martlet_forest_run;

/// Trees of one group with equally many planes.
typedef struct {
    uint32_t group;
    uint32_t planes;              // of each tree
    uint32_t tree_count;
    uint32_t first_tree;          // into chunk_trees
    uint32_t first_run, run_count;
    uint32_t first_op;
    uint32_t first_slot;          // into slots: where each unit's plane goes within the chunk
    size_t first_value;           // into values and its kin: planes * 8 a tree, at least 16
} martlet_forest_chunk;

/// A tree that is walked from node to node.
typedef struct {
    uint32_t group;
    uint32_t tree;                // its number in the file
    int32_t root;                 // a node, or -1 - leaf
    uint32_t is_large;            // whether it is in no chunk
} martlet_forest_walk;

typedef struct {
    uint32_t column;              // not multiplied
    int32_t right;                // where the column's byte is at least the threshold; below 0: -1 - leaf
    int32_t left;
    uint32_t threshold;
} martlet_forest_walk_node;

/// Up to 64 trees of one group with at most as many planes: one row goes through all of them at once.
typedef struct {
    uint32_t group;
    uint32_t planes;
    uint32_t tree_count;
    uint32_t node_count;          // of the largest tree; smaller ones are filled up
    size_t first_byte;            // into lane_bytes: node_count * (2 + planes) * 64, planes being 4 or 8
    size_t first_tree;            // into lane_trees
} martlet_forest_lane;

/// One tree of a lane.
typedef struct {
    size_t first_value;           // into values
    uint32_t tree;                // its number in the file
    uint32_t unused;
} martlet_forest_lane_tree;

typedef struct {
    uint32_t feature_count, column_count, group_count;
    uint32_t rounds_to_float;     // doubles become floats before anything else
    uint32_t ranker_count, category_group_count, chunk_count, lane_count, walk_count, tree_count;
    const martlet_forest_ranker *rankers;
    const martlet_forest_rank_column *rank_columns;
    const martlet_forest_category_group *category_groups;
    const martlet_forest_category_set *category_sets;
    const martlet_forest_chunk *chunks;
    const martlet_forest_run *runs;
    const martlet_forest_op *ops;
    const uint16_t *slots;
    const uint32_t *chunk_trees;  // the file's number of each tree
    const int64_t *values;        // for each bit of each tree, the leaf's value
    const int32_t *highs, *lows;  // the same: high * 2^24 + low
    const int32_t *leaf_numbers;  // the same: the file's number of the leaf
    const martlet_forest_walk *walks;
    const martlet_forest_walk_node *walk_nodes;
    const int64_t *walk_values;   // for each leaf of each tree
    const int32_t *walk_leaves;   // the same: the file's number of the leaf
    const martlet_forest_lane *lanes;
    const martlet_forest_lane_tree *lane_trees;
    const uint8_t *lane_bytes;    // for each node 64 columns, 64 thresholds, then 64 keep bytes a plane
} martlet_forest;

/// Values in memory: the element of a row and a feature is values[row * row_stride + feature * column_stride].
typedef struct {
    const void *values;
    uint32_t is_double;
    uint32_t row_count;
    ptrdiff_t row_stride, column_stride;
} martlet_forest_rows;

enum { MARTLET_FOREST_PLAIN = 0, MARTLET_FOREST_AVX2 = 1, MARTLET_FOREST_AVX512 = 2 };

/// The best of the above that this processor has.
int martlet_forest_instructions(void);

/// The bytes of scratch memory, aligned to 64, that a call with so many rows needs.
size_t martlet_forest_scratch_size(const martlet_forest *forest, size_t row_count);

/// Adds up each row's leaves: sums[row * group_count + group], in units of the last place of the fixed-point numbers.
/// - leaves: where not null, also each tree's leaf: leaves[row * tree_count + tree], by the file's numbers.
void martlet_forest_sum(const martlet_forest *forest, int instructions, const martlet_forest_rows *rows, int64_t *sums,
                        int32_t *leaves, void *scratch);

#endif
