#ifndef MARTLET_HNSW_H
#define MARTLET_HNSW_H

// Graphs of near neighbours (HNSW, Malkov and Yashunin 2018) as hnswlib makes and searches them, behind a C interface: no exception
// crosses it, every size is checked, and what is read is checked link by link before anything follows it.
//
// Distances are ours rather than hnswlib's: 16 sums side by side, added up in one order, so that every processor makes the same graph.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The square of Euclid's distance; 1 - the cosine, of vectors that have length 1; the dot product, negated.
enum { MARTLET_HNSW_L2 = 0, MARTLET_HNSW_COSINE = 1, MARTLET_HNSW_DOT = 2 };

enum {
    MARTLET_HNSW_DONE = 0,
    MARTLET_HNSW_INVALID = 1,     // an argument is beyond its limit
    MARTLET_HNSW_MEMORY = 2,      // there is not enough memory
    MARTLET_HNSW_DAMAGED = 3,     // the bytes are no graph of this shape
    MARTLET_HNSW_FAILED = 4,      // hnswlib refused
};

#define MARTLET_HNSW_DIMENSION_MAX 4096
#define MARTLET_HNSW_COUNT_MAX (1u << 28)
#define MARTLET_HNSW_LINKS_MIN 2
#define MARTLET_HNSW_LINKS_MAX 128
#define MARTLET_HNSW_EF_CONSTRUCTION_MAX 4096

/// What a graph is made of.
typedef struct {
    uint32_t metric;
    uint32_t dimension;
    uint32_t links;               // of a vector in each layer; twice as many in the lowest
    uint32_t ef_construction;     // how many candidates its links are chosen from
    uint64_t count;               // of vectors
    uint64_t seed;                // of the layers that vectors are in
} martlet_hnsw_shape;

typedef struct {
    uint32_t label;
    float distance;
} martlet_hnsw_hit;

typedef struct martlet_hnsw martlet_hnsw;

/// Makes an empty graph. - graph: freed with martlet_hnsw_free; untouched unless done.
int martlet_hnsw_make(const martlet_hnsw_shape *shape, martlet_hnsw **graph);

/// Adds a vector. Every number must be finite, and the sum of their squares at most a sixteenth of the largest float.
/// - label: below the shape's count, once each. One thread at a time.
int martlet_hnsw_add(martlet_hnsw *graph, uint32_t label, const float *vector);

/// Finds near neighbours among those that were added, nearest first, equally near ones by their labels. Any number of threads.
/// - ef: how many candidates are kept; as many as wanted where it is less.
/// - hits: room for `wanted`. - found: fewer than wanted where the graph does not lead to more.
int martlet_hnsw_search(const martlet_hnsw *graph, const float *query, size_t wanted, size_t ef, martlet_hnsw_hit *hits, size_t *found);

/// Finds the nearest by looking at all, in the same order.
int martlet_hnsw_scan(const martlet_hnsw *graph, const float *query, size_t wanted, martlet_hnsw_hit *hits, size_t *found);

/// Copies the vector of a label.
int martlet_hnsw_vector(const martlet_hnsw *graph, uint32_t label, float *vector);

/// How many bytes martlet_hnsw_write writes.
size_t martlet_hnsw_size(const martlet_hnsw *graph);

/// Writes the links of a graph that has all its vectors; the vectors themselves are the caller's to keep.
int martlet_hnsw_write(const martlet_hnsw *graph, uint8_t *bytes, size_t size);

/// Makes a graph of what was written. - vectors: by label, `dimension` floats each, at any alignment.
int martlet_hnsw_read(const martlet_hnsw_shape *shape, const uint8_t *vectors, const uint8_t *bytes, size_t size, martlet_hnsw **graph);

void martlet_hnsw_free(martlet_hnsw *graph);

#ifdef __cplusplus
}
#endif

#endif
