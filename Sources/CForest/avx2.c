#if defined(__x86_64__)
#include "forest_plan.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2"))), apply_to = function)

// Nodes, single rows and categories are the plain kernels, compiled for these instructions.
#define KERNELS martlet_forest_avx2_plain
#define MARTLET_KERNELS_LINKAGE static
#include "kernels.h"
#include "turn256.h"

#define INLINE static inline __attribute__((always_inline))

// --- Ranks ---------------------------------------------------------------------------------------------------------------

// Where 64 values are in the search, 8 a vector.
typedef struct {
    __m256i at[8];
} places;

// One step of the search: node i's children are 2i and 2i + 1. The first 31 thresholds are looked up in registers.
INLINE void step(places *places, const __m256 values[8], const float *heap, int level) {
    for (int v = 0; v < 8; v++) {
        __m256i at = places->at[v];
        __m256 pivot;
        if (level == 0) pivot = _mm256_set1_ps(heap[1]);
        else if (level < 3) pivot = _mm256_permutevar8x32_ps(_mm256_loadu_ps(heap), at);
        else if (level == 3) pivot = _mm256_permutevar8x32_ps(_mm256_loadu_ps(heap + 8), at);
        else if (level == 4) {
            __m256 low = _mm256_permutevar8x32_ps(_mm256_loadu_ps(heap + 16), at);
            __m256 high = _mm256_permutevar8x32_ps(_mm256_loadu_ps(heap + 24), at);
            pivot = _mm256_blendv_ps(low, high, _mm256_castsi256_ps(_mm256_slli_epi32(at, 28)));
        } else pivot = _mm256_i32gather_ps(heap, at, 4);
        __m256i above = _mm256_castps_si256(_mm256_cmp_ps(values[v], pivot, _CMP_GT_OQ));
        places->at[v] = _mm256_sub_epi32(_mm256_add_epi32(at, at), above);
    }
}

INLINE places search_levels(const __m256 values[8], const float *heap, int levels) {
    places places;
    for (int v = 0; v < 8; v++) places.at[v] = _mm256_set1_epi32(1);
    for (int level = 0; level < levels; level++) step(&places, values, heap, level);
    for (int v = 0; v < 8; v++) places.at[v] = _mm256_sub_epi32(places.at[v], _mm256_set1_epi32(1 << levels));
    return places;
}

static places search(const __m256 values[8], const float *heap, uint32_t levels) {
    switch (levels) {
        case 1: return search_levels(values, heap, 1);
        case 2: return search_levels(values, heap, 2);
        case 3: return search_levels(values, heap, 3);
        case 4: return search_levels(values, heap, 4);
        case 5: return search_levels(values, heap, 5);
        case 6: return search_levels(values, heap, 6);
        case 7: return search_levels(values, heap, 7);
        default: return search_levels(values, heap, 8);
    }
}

// The low bytes of 32 numbers between -32768 and 255; those below 0 become 255 where they are masks.
INLINE __m256i bytes_of(const __m256i from[4], int are_masks) {
    __m256i low = _mm256_packs_epi32(from[0], from[1]), high = _mm256_packs_epi32(from[2], from[3]);
    __m256i bytes = are_masks ? _mm256_packs_epi16(low, high) : _mm256_packus_epi16(low, high);
    return _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

INLINE void store_columns(const martlet_forest *forest, const martlet_forest_ranker *ranker, const martlet_forest_scratch *scratch,
                          int block, const __m256i ranks[8], const __m256i nan[8], const __m256i zero[8]) {
    for (int half = 0; half < 2; half++) {
        __m256i rank = bytes_of(ranks + 4 * half, 0), is_nan = bytes_of(nan + 4 * half, 1), is_zero = bytes_of(zero + 4 * half, 1);
        const martlet_forest_rank_column *column = forest->rank_columns + ranker->first_column;
        for (uint32_t i = 0; i < ranker->column_count; i++, column++) {
            int has_missing = column->missing != MARTLET_FOREST_MISSING_NONE;
            __m256i missing = column->missing == MARTLET_FOREST_MISSING_ZERO ? _mm256_or_si256(is_nan, is_zero) : is_nan;
            __m256i instead = _mm256_set1_epi8((char)(has_missing ? column->missing_rank : ranker->zero_rank));
            __m256i bytes = _mm256_xor_si256(_mm256_blendv_epi8(rank, instead, missing), _mm256_set1_epi8((char)column->flip));
            _mm256_store_si256((__m256i *)(scratch->columns + ((size_t)column->column * BLOCKS + block) * BLOCK + 32 * half), bytes);
        }
    }
}

INLINE void rank_floats(const martlet_forest *forest, const martlet_forest_ranker *ranker, const martlet_forest_scratch *scratch,
                        int block) {
    const float *from = (const float *)scratch->values + (size_t)ranker->feature * BLOCK;
    const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff)), near_zero = _mm256_set1_ps(1e-35f);
    __m256 values[8];
    __m256i nan[8], zero[8];
    for (int v = 0; v < 8; v++) {
        values[v] = _mm256_load_ps(from + 8 * v);
        nan[v] = _mm256_castps_si256(_mm256_cmp_ps(values[v], values[v], _CMP_UNORD_Q));
        zero[v] = _mm256_castps_si256(_mm256_cmp_ps(_mm256_and_ps(values[v], magnitude), near_zero, _CMP_LE_OQ));
    }
    places places = search(values, ranker->heap, ranker->levels);
    store_columns(forest, ranker, scratch, block, places.at, nan, zero);
}

// Two masks of four lanes as one of eight.
INLINE __m256i narrow(__m256d low, __m256d high) {
    __m256 pairs = _mm256_shuffle_ps(_mm256_castpd_ps(low), _mm256_castpd_ps(high), 0x88);
    return _mm256_permute4x64_epi64(_mm256_castps_si256(pairs), 0xd8);
}

// The largest float that is not above the double; whether it is another number.
INLINE __m128 round_down(__m256d value, __m256d *inexact) {
    __m128i nearest = _mm_castps_si128(_mm256_cvtpd_ps(value));
    __m256d back = _mm256_cvtps_pd(_mm_castsi128_ps(nearest));
    *inexact = _mm256_cmp_pd(back, value, _CMP_NEQ_OQ);
    __m256i above = _mm256_castpd_si256(_mm256_cmp_pd(back, value, _CMP_GT_OQ));
    __m128i is_above = _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(above, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6)));
    // A step towards minus infinity: a positive float's bits less one, a negative one's plus one.
    __m128i down = _mm_or_si128(_mm_cmpgt_epi32(_mm_setzero_si128(), nearest), _mm_set1_epi32(1));
    down = _mm_sub_epi32(_mm_setzero_si128(), down);
    return _mm_castsi128_ps(_mm_add_epi32(nearest, _mm_and_si128(is_above, down)));
}

// Rounded down to a float, a value's rank is right unless a threshold rounds down to the same float: then the doubles decide.
INLINE __m256i settle(const martlet_forest_ranker *ranker, __m256d low, __m256d high, __m256i inexact, __m256i at) {
    const double *sorted = ranker->sorted64 + 16;
    for (uint32_t i = 0; i < ranker->near_count; i++) {
        __m256d first = _mm256_i32gather_pd(sorted, _mm256_castsi256_si128(at), 8);
        __m256d second = _mm256_i32gather_pd(sorted, _mm256_extracti128_si256(at, 1), 8);
        __m256i above = narrow(_mm256_cmp_pd(low, first, _CMP_GT_OQ), _mm256_cmp_pd(high, second, _CMP_GT_OQ));
        above = _mm256_and_si256(above, inexact);
        if (_mm256_testz_si256(above, above)) break;
        at = _mm256_sub_epi32(at, above);
    }
    return at;
}

INLINE void rank_doubles(const martlet_forest *forest, const martlet_forest_ranker *ranker, const martlet_forest_scratch *scratch,
                         int block) {
    const double *from = (const double *)scratch->values + (size_t)ranker->feature * BLOCK;
    const __m256d magnitude = _mm256_castsi256_pd(_mm256_set1_epi64x(0x7fffffffffffffff)), near_zero = _mm256_set1_pd((double)1e-35f);
    __m256 values[8];
    __m256i nan[8], zero[8], inexact[8];
    for (int v = 0; v < 8; v++) {
        __m256d low = _mm256_load_pd(from + 8 * v), high = _mm256_load_pd(from + 8 * v + 4), low_inexact, high_inexact;
        __m128 a = round_down(low, &low_inexact), b = round_down(high, &high_inexact);
        values[v] = _mm256_insertf128_ps(_mm256_castps128_ps256(a), b, 1);
        inexact[v] = narrow(low_inexact, high_inexact);
        nan[v] = narrow(_mm256_cmp_pd(low, low, _CMP_UNORD_Q), _mm256_cmp_pd(high, high, _CMP_UNORD_Q));
        zero[v] = narrow(_mm256_cmp_pd(_mm256_and_pd(low, magnitude), near_zero, _CMP_LE_OQ),
                         _mm256_cmp_pd(_mm256_and_pd(high, magnitude), near_zero, _CMP_LE_OQ));
    }
    places places = search(values, ranker->heap, ranker->levels);
    for (int v = 0; v < 8; v++) {
        __m256d low = _mm256_load_pd(from + 8 * v), high = _mm256_load_pd(from + 8 * v + 4);
        if (!_mm256_testz_si256(inexact[v], inexact[v])) places.at[v] = settle(ranker, low, high, inexact[v], places.at[v]);
    }
    store_columns(forest, ranker, scratch, block, places.at, nan, zero);
}

static void rank_wide(const martlet_forest *forest, int is_double, const martlet_forest_scratch *scratch, int block) {
    for (uint32_t i = 0; i < forest->ranker_count; i++) {
        if (is_double) rank_doubles(forest, forest->rankers + i, scratch, block);
        else rank_floats(forest, forest->rankers + i, scratch, block);
    }
    sort_categories(forest, is_double, scratch, block);
}

// --- Trees ---------------------------------------------------------------------------------------------------------------

static void add_chunk_wide(const martlet_forest *forest, const martlet_forest_chunk *chunk, const martlet_forest_scratch *scratch,
                           int count) {
    const uint32_t planes = chunk->planes, width = planes * 8 < 16 ? 16 : planes * 8;
    for (int v = 0; v < 2 * count; v++) {
        const uint8_t *first = scratch->planes + 32 * v;
        const int64_t *values = forest->values + chunk->first_value;
        __m256i *into = (__m256i *)(scratch->sums + 32 * v), sums[8];
        for (int i = 0; i < 8; i++) sums[i] = _mm256_loadu_si256(into + i);
        for (uint32_t tree = 0; tree < chunk->tree_count; tree++, first += (size_t)planes * BLOCK * BLOCKS, values += width) {
            __m256i place = (__m256i)first_bits(first, planes);
            __m128i half[2] = {_mm256_castsi256_si128(place), _mm256_extracti128_si256(place, 1)};
            for (int i = 0; i < 8; i++) {
                __m128i at = _mm_cvtepu8_epi32(half[i / 4]);
                half[i / 4] = _mm_srli_si128(half[i / 4], 4);
                sums[i] = _mm256_add_epi64(sums[i], _mm256_i32gather_epi64((const long long *)values, at, 8));
            }
        }
        for (int i = 0; i < 8; i++) _mm256_storeu_si256(into + i, sums[i]);
    }
}

// --- Columns of a block --------------------------------------------------------------------------------------------------

// Eight rows of eight floats, turned over.
INLINE void turn_floats(const float *from, ptrdiff_t stride, float *into) {
    __m256 r[8], t[8];
    for (int i = 0; i < 8; i++) r[i] = _mm256_loadu_ps(from + (ptrdiff_t)i * stride);
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    for (int i = 0; i < 4; i++) {
        _mm256_store_ps(into + i * BLOCK, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
        _mm256_store_ps(into + (i + 4) * BLOCK, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
    }
}

static void transpose_wide(const martlet_forest *forest, const martlet_forest_rows *rows, size_t first, size_t count, void *into) {
    size_t whole = rows->column_stride == 1 && count == BLOCK ? forest->feature_count : 0;
    if (rows->is_double) {
        whole = forest->rounds_to_float ? 0 : whole / 4 * 4;
        turn_doubles(rows, first, whole, into);
    } else {
        whole = whole / 8 * 8;
        const float *from = (const float *)rows->values + (ptrdiff_t)first * rows->row_stride;
        for (size_t feature = 0; feature < whole; feature += 8)
            for (size_t row = 0; row < BLOCK; row += 8)
                turn_floats(from + (ptrdiff_t)row * rows->row_stride + feature, rows->row_stride, (float *)into + feature * BLOCK + row);
    }
    transpose_columns(forest, rows, first, count, whole, into);
}

const martlet_forest_kernels martlet_forest_avx2 = {rank_wide, rank_row, run_chunk, add_chunk_wide, transpose_wide, 0};

#pragma clang attribute pop
#endif
