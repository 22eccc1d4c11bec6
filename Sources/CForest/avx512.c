#if defined(__x86_64__)
#include "forest_plan.h"

#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512bitalg,gfni,fma,bmi,bmi2,popcnt,lzcnt"))), \
                             apply_to = function)

// The plain kernels, compiled for this processor, are what the wide ones fall back to and what ranks single rows.
#define KERNELS martlet_forest_avx512_plain
#define MARTLET_KERNELS_LINKAGE static
#include "kernels.h"
#include "turn256.h"

#define INLINE static inline __attribute__((always_inline))

// --- Ranks ---------------------------------------------------------------------------------------------------------------

typedef struct {
    __m512i at[4];
} places;

// One step of the search: node i's children are 2i and 2i + 1. All thresholds of a feature fit into 16 registers.
INLINE places step(places places, const __m512 values[4], const float *heap, int level) {
    for (int v = 0; v < 4; v++) {
        __m512i at = places.at[v];
        __m512 pivot;
        if (level == 0) pivot = _mm512_set1_ps(heap[1]);
        else if (level < 4) pivot = _mm512_permutexvar_ps(at, _mm512_loadu_ps(heap));
        else if (level == 4) pivot = _mm512_permutexvar_ps(at, _mm512_loadu_ps(heap + 16));
        else if (level == 5) pivot = _mm512_permutex2var_ps(_mm512_loadu_ps(heap + 32), at, _mm512_loadu_ps(heap + 48));
        else {
            const float *pivots = heap + (1 << level);
            __m512 low = _mm512_permutex2var_ps(_mm512_loadu_ps(pivots), at, _mm512_loadu_ps(pivots + 16));
            __m512 high = _mm512_permutex2var_ps(_mm512_loadu_ps(pivots + 32), at, _mm512_loadu_ps(pivots + 48));
            __mmask16 odd = _mm512_test_epi32_mask(at, _mm512_set1_epi32(32));
            pivot = _mm512_mask_mov_ps(low, odd, high);
            if (level == 7) {
                low = _mm512_permutex2var_ps(_mm512_loadu_ps(pivots + 64), at, _mm512_loadu_ps(pivots + 80));
                high = _mm512_permutex2var_ps(_mm512_loadu_ps(pivots + 96), at, _mm512_loadu_ps(pivots + 112));
                low = _mm512_mask_mov_ps(low, odd, high);
                pivot = _mm512_mask_mov_ps(pivot, _mm512_test_epi32_mask(at, _mm512_set1_epi32(64)), low);
            }
        }
        __mmask16 above = _mm512_cmp_ps_mask(values[v], pivot, _CMP_GT_OQ);
        at = _mm512_add_epi32(at, at);
        places.at[v] = _mm512_mask_sub_epi32(at, above, at, _mm512_set1_epi32(-1));
    }
    return places;
}

INLINE places search_levels(const __m512 values[4], const float *heap, int levels) {
    places places;
    for (int v = 0; v < 4; v++) places.at[v] = _mm512_set1_epi32(1);
    for (int level = 0; level < levels; level++) places = step(places, values, heap, level);
    for (int v = 0; v < 4; v++) places.at[v] = _mm512_sub_epi32(places.at[v], _mm512_set1_epi32(1 << levels));
    return places;
}

INLINE places search(const __m512 values[4], const float *heap, uint32_t levels) {
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

INLINE __m512i bytes_of(places places) {
    __m512i bytes = _mm512_castsi128_si512(_mm512_cvtepi32_epi8(places.at[0]));
    bytes = _mm512_inserti32x4(bytes, _mm512_cvtepi32_epi8(places.at[1]), 1);
    bytes = _mm512_inserti32x4(bytes, _mm512_cvtepi32_epi8(places.at[2]), 2);
    return _mm512_inserti32x4(bytes, _mm512_cvtepi32_epi8(places.at[3]), 3);
}

INLINE void store_columns(const martlet_forest *forest, const martlet_forest_ranker *ranker, const martlet_forest_scratch *scratch,
                          int block, __m512i ranks, __mmask64 nan, __mmask64 zero) {
    const martlet_forest_rank_column *column = forest->rank_columns + ranker->first_column;
    for (uint32_t i = 0; i < ranker->column_count; i++, column++) {
        __m512i bytes = ranks;
        if (column->missing == MARTLET_FOREST_MISSING_NONE) {
            bytes = _mm512_mask_mov_epi8(bytes, nan, _mm512_set1_epi8((char)ranker->zero_rank));
        } else {
            __mmask64 missing = column->missing == MARTLET_FOREST_MISSING_ZERO ? nan | zero : nan;
            bytes = _mm512_mask_mov_epi8(bytes, missing, _mm512_set1_epi8((char)column->missing_rank));
        }
        bytes = _mm512_xor_si512(bytes, _mm512_set1_epi8((char)column->flip));
        _mm512_store_si512(scratch->columns + ((size_t)column->column * BLOCKS + block) * BLOCK, bytes);
    }
}

INLINE void rank_floats(const martlet_forest *forest, const martlet_forest_ranker *ranker, const martlet_forest_scratch *scratch,
                        int block) {
    const float *from = (const float *)scratch->values + (size_t)ranker->feature * BLOCK;
    __m512 values[4], near_zero = _mm512_set1_ps(1e-35f);
    __mmask64 nan = 0, zero = 0;
    for (int v = 0; v < 4; v++) {
        values[v] = _mm512_load_ps(from + 16 * v);
        nan |= (__mmask64)_mm512_cmp_ps_mask(values[v], values[v], _CMP_UNORD_Q) << (16 * v);
        zero |= (__mmask64)_mm512_cmp_ps_mask(_mm512_abs_ps(values[v]), near_zero, _CMP_LE_OQ) << (16 * v);
    }
    store_columns(forest, ranker, scratch, block, bytes_of(search(values, ranker->heap, ranker->levels)), nan, zero);
}

// Rounded down to a float, a value's rank is right unless a threshold rounds down to the same float: then the doubles decide.
INLINE __m512i settle(const martlet_forest_ranker *ranker, __m512d low, __m512d high, __m512i at) {
    const double *sorted = ranker->sorted64 + 16;
    for (uint32_t i = 0; i < ranker->near_count; i++) {
        __m256i first = _mm512_castsi512_si256(at), second = _mm512_extracti64x4_epi64(at, 1);
        __mmask8 k0 = _mm512_cmp_pd_mask(low, _mm512_i32gather_pd(first, sorted, 8), _CMP_GT_OQ);
        __mmask8 k1 = _mm512_cmp_pd_mask(high, _mm512_i32gather_pd(second, sorted, 8), _CMP_GT_OQ);
        __mmask16 above = (__mmask16)(k0 | (uint32_t)k1 << 8);
        if (!above) break;
        at = _mm512_mask_add_epi32(at, above, at, _mm512_set1_epi32(1));
    }
    return at;
}

INLINE void rank_doubles(const martlet_forest *forest, const martlet_forest_ranker *ranker, const martlet_forest_scratch *scratch,
                         int block) {
    const double *from = (const double *)scratch->values + (size_t)ranker->feature * BLOCK;
    const __m512d near_zero = _mm512_set1_pd((double)1e-35f);
    __m512 values[4];
    __m512d low[4], high[4];
    __mmask64 nan = 0, zero = 0;
    __mmask16 inexact[4];
    for (int v = 0; v < 4; v++) {
        low[v] = _mm512_load_pd(from + 16 * v), high[v] = _mm512_load_pd(from + 16 * v + 8);
        __m256 a = _mm512_cvt_roundpd_ps(low[v], _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
        __m256 b = _mm512_cvt_roundpd_ps(high[v], _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
        values[v] = _mm512_insertf32x8(_mm512_castps256_ps512(a), b, 1);
        inexact[v] = (__mmask16)(_mm512_cmp_pd_mask(_mm512_cvtps_pd(a), low[v], _CMP_NEQ_OQ) |
                                 (uint32_t)_mm512_cmp_pd_mask(_mm512_cvtps_pd(b), high[v], _CMP_NEQ_OQ) << 8);
        nan |= (__mmask64)(_mm512_cmp_pd_mask(low[v], low[v], _CMP_UNORD_Q) |
                           (uint32_t)_mm512_cmp_pd_mask(high[v], high[v], _CMP_UNORD_Q) << 8) << (16 * v);
        zero |= (__mmask64)(_mm512_cmp_pd_mask(_mm512_abs_pd(low[v]), near_zero, _CMP_LE_OQ) |
                            (uint32_t)_mm512_cmp_pd_mask(_mm512_abs_pd(high[v]), near_zero, _CMP_LE_OQ) << 8) << (16 * v);
    }
    places places = search(values, ranker->heap, ranker->levels);
    for (int v = 0; v < 4; v++)
        if (inexact[v]) places.at[v] = settle(ranker, low[v], high[v], places.at[v]);
    store_columns(forest, ranker, scratch, block, bytes_of(places), nan, zero);
}

static void sort_categories_wide(const martlet_forest *forest, int is_double, const martlet_forest_scratch *scratch, int block) {
    for (uint32_t i = 0; i < forest->category_group_count; i++) {
        const martlet_forest_category_group *group = forest->category_groups + i;
        uint8_t classes[BLOCK] __attribute__((aligned(64)));
        for (int row = 0; row < BLOCK; row++) {
            size_t at = (size_t)group->feature * BLOCK + row;
            classes[row] = class_of(group, is_double ? ((const double *)scratch->values)[at] : ((const float *)scratch->values)[at]);
        }
        __m512i class = _mm512_load_si512(classes);
        // Which byte of `members`, and which of its bits.
        __m512i byte = _mm512_and_si512(_mm512_srli_epi16(class, 3), _mm512_set1_epi8(31));
        __m512i bit = _mm512_shuffle_epi8(_mm512_set1_epi64((long long)0x8040201008040201), _mm512_and_si512(class, _mm512_set1_epi8(7)));
        for (uint32_t j = 0; j < group->set_count; j++) {
            const martlet_forest_category_set *set = forest->category_sets + group->first_set + j;
            __m512i members = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)set->members));
            __mmask64 member = _mm512_test_epi8_mask(_mm512_permutexvar_epi8(byte, members), bit);
            _mm512_store_si512(scratch->columns + ((size_t)set->column * BLOCKS + block) * BLOCK, _mm512_movm_epi8(member));
        }
    }
}

static void rank_wide(const martlet_forest *forest, int is_double, const martlet_forest_scratch *scratch, int block) {
    for (uint32_t i = 0; i < forest->ranker_count; i++) {
        if (is_double) rank_doubles(forest, forest->rankers + i, scratch, block);
        else rank_floats(forest, forest->rankers + i, scratch, block);
    }
    if (forest->category_group_count) sort_categories_wide(forest, is_double, scratch, block);
}

// --- Trees ---------------------------------------------------------------------------------------------------------------

INLINE const martlet_forest_op *run_units_wide(const martlet_forest_op *op, const uint16_t *slot, uint32_t unit_count, uint32_t op_count,
                                               const martlet_forest_scratch *scratch, int count) {
    for (uint32_t unit = 0; unit < unit_count; unit++, op += op_count) {
        __m512i left[BLOCKS];
        for (int b = 0; b < count; b++) left[b] = _mm512_set1_epi8(-1);
        for (uint32_t i = 0; i < op_count; i++) {
            __m512i threshold = _mm512_set1_epi32((int)op[i].threshold), keep = _mm512_set1_epi64((long long)op[i].keep);
            const uint8_t *column = scratch->columns + op[i].column;
            for (int b = 0; b < count; b++) {
                __mmask64 above = _mm512_cmpge_epu8_mask(_mm512_load_si512(column + BLOCK * b), threshold);
                // As one instruction: the compiler makes two of the intrinsic, with a longer wait.
                __asm__("vgf2p8affineqb $0, %2, %0, %0%{%1%}" : "+v"(left[b]) : "Yk"(above), "v"(keep));
            }
        }
        uint8_t *into = scratch->planes + (size_t)slot[unit] * BLOCK * BLOCKS;
        for (int b = 0; b < count; b++) _mm512_store_si512(into + BLOCK * b, left[b]);
    }
    return op;
}

INLINE void run_wide(const martlet_forest *forest, const martlet_forest_chunk *chunk, const martlet_forest_scratch *scratch, int count) {
    const martlet_forest_op *op = forest->ops + chunk->first_op;
    const uint16_t *slot = forest->slots + chunk->first_slot;
    for (uint32_t r = 0; r < chunk->run_count; r++) {
        martlet_forest_run run = forest->runs[chunk->first_run + r];
        op = run_units_wide(op, slot, run.unit_count, run.op_count, scratch, count);
        slot += run.unit_count;
    }
}

static void run_chunk_wide(const martlet_forest *forest, const martlet_forest_chunk *chunk, const martlet_forest_scratch *scratch, int count) {
    if (count == 1) run_wide(forest, chunk, scratch, 1);
    else if (count == 2) run_wide(forest, chunk, scratch, 2);
    else run_wide(forest, chunk, scratch, BLOCKS);
}

// The number of the first bit of each of 64 rows.
INLINE __m512i first_bit(const uint8_t *planes, size_t stride, uint32_t count) {
    __m512i bits = _mm512_load_si512(planes + (count - 1) * stride), base = _mm512_set1_epi8((char)((count - 1) * 8));
    for (uint32_t plane = count - 1; plane-- > 0;) {
        __m512i these = _mm512_load_si512(planes + plane * stride);
        __mmask64 any = _mm512_test_epi8_mask(these, these);
        bits = _mm512_mask_mov_epi8(bits, any, these);
        base = _mm512_mask_mov_epi8(base, any, _mm512_set1_epi8((char)(plane * 8)));
    }
    __m512i below = _mm512_andnot_si512(bits, _mm512_add_epi8(bits, _mm512_set1_epi8(-1)));
    return _mm512_add_epi8(base, _mm512_popcnt_epi8(below));
}

INLINE __m512i look_up(__m512i at, const int32_t *values, uint32_t planes) {
    if (planes <= 2) return _mm512_permutexvar_epi32(at, _mm512_loadu_si512(values));
    __m512i low = _mm512_permutex2var_epi32(_mm512_loadu_si512(values), at, _mm512_loadu_si512(values + 16));
    if (planes <= 4) return low;
    __m512i high = _mm512_permutex2var_epi32(_mm512_loadu_si512(values + 32), at, _mm512_loadu_si512(values + 48));
    return _mm512_mask_mov_epi32(low, _mm512_test_epi32_mask(at, _mm512_set1_epi32(32)), high);
}

INLINE void add_small(const martlet_forest *forest, const martlet_forest_chunk *chunk, const martlet_forest_scratch *scratch, int block,
                      uint32_t planes) {
    __m512i high[4], low[4];
    for (int v = 0; v < 4; v++) high[v] = low[v] = _mm512_setzero_si512();
    const uint32_t width = planes <= 2 ? 16 : planes * 8;
    const uint8_t *first = scratch->planes + (size_t)block * BLOCK;
    const int32_t *highs = forest->highs + chunk->first_value, *lows = forest->lows + chunk->first_value;
    for (uint32_t tree = 0; tree < chunk->tree_count; tree++) {
        __m512i bit = first_bit(first, BLOCK * BLOCKS, planes);
        __m128i quarter[4] = {_mm512_castsi512_si128(bit), _mm512_extracti32x4_epi32(bit, 1), _mm512_extracti32x4_epi32(bit, 2),
                              _mm512_extracti32x4_epi32(bit, 3)};
        for (int v = 0; v < 4; v++) {
            __m512i at = _mm512_cvtepu8_epi32(quarter[v]);
            high[v] = _mm512_add_epi32(high[v], look_up(at, highs, planes));
            low[v] = _mm512_add_epi32(low[v], look_up(at, lows, planes));
        }
        first += (size_t)planes * BLOCK * BLOCKS, highs += width, lows += width;
    }
    int64_t *sums = scratch->sums + block * BLOCK;
    for (int v = 0; v < 8; v++, sums += 8) {
        __m256i h = v & 1 ? _mm512_extracti64x4_epi64(high[v / 2], 1) : _mm512_castsi512_si256(high[v / 2]);
        __m256i l = v & 1 ? _mm512_extracti64x4_epi64(low[v / 2], 1) : _mm512_castsi512_si256(low[v / 2]);
        __m512i sum = _mm512_add_epi64(_mm512_slli_epi64(_mm512_cvtepi32_epi64(h), 24), _mm512_cvtepu32_epi64(l));
        _mm512_storeu_si512(sums, _mm512_add_epi64(_mm512_loadu_si512(sums), sum));
    }
}

static void add_large(const martlet_forest *forest, const martlet_forest_chunk *chunk, const martlet_forest_scratch *scratch, int block) {
    for (uint32_t tree = 0; tree < chunk->tree_count; tree++) {
        const int64_t *values = forest->values + chunk->first_value + (size_t)tree * chunk->planes * 8;
        const uint8_t *first = scratch->planes + ((size_t)tree * chunk->planes * BLOCKS + block) * BLOCK;
        uint8_t bits[BLOCK] __attribute__((aligned(64)));
        _mm512_store_si512(bits, first_bit(first, BLOCK * BLOCKS, chunk->planes));
        int64_t *sums = scratch->sums + block * BLOCK;
        for (int v = 0; v < 8; v++, sums += 8) {
            __m512i at = _mm512_cvtepu8_epi64(_mm_loadl_epi64((const __m128i *)(bits + 8 * v)));
            _mm512_storeu_si512(sums, _mm512_add_epi64(_mm512_loadu_si512(sums), _mm512_i64gather_epi64(at, values, 8)));
        }
    }
}

static void add_chunk_wide(const martlet_forest *forest, const martlet_forest_chunk *chunk, const martlet_forest_scratch *scratch, int count) {
    for (int block = 0; block < count; block++) {
        switch (chunk->planes) {
            case 1: add_small(forest, chunk, scratch, block, 1); break;
            case 2: add_small(forest, chunk, scratch, block, 2); break;
            case 3: add_small(forest, chunk, scratch, block, 3); break;
            case 4: add_small(forest, chunk, scratch, block, 4); break;
            case 5: add_small(forest, chunk, scratch, block, 5); break;
            case 6: add_small(forest, chunk, scratch, block, 6); break;
            case 7: add_small(forest, chunk, scratch, block, 7); break;
            case 8: add_small(forest, chunk, scratch, block, 8); break;
            default: add_large(forest, chunk, scratch, block);
        }
    }
}

// --- Columns of a block --------------------------------------------------------------------------------------------------

// Sixteen rows of sixteen floats, turned over.
INLINE void turn(const float *from, ptrdiff_t stride, size_t rows, __mmask16 columns, float *into, size_t column_count) {
    __m512i r[16], t[16];
    for (size_t i = 0; i < 16; i++)
        r[i] = i < rows ? _mm512_castps_si512(_mm512_maskz_loadu_ps(columns, from + (ptrdiff_t)i * stride)) : _mm512_setzero_si512();
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
        r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
    }
    for (size_t i = 0; i < 16; i++)
        if (i < column_count) _mm512_store_si512(into + i * BLOCK, r[i]);
}

static void transpose_wide(const martlet_forest *forest, const martlet_forest_rows *rows, size_t first, size_t count, void *into) {
    if (rows->is_double || rows->column_stride != 1) {
        int turns = rows->is_double && !forest->rounds_to_float && rows->column_stride == 1 && count == BLOCK;
        size_t whole = turns ? forest->feature_count / 4 * 4 : 0;
        turn_doubles(rows, first, whole, into);
        return transpose_columns(forest, rows, first, count, whole, into);
    }
    const float *from = (const float *)rows->values + (ptrdiff_t)first * rows->row_stride;
    for (size_t row = 0; row < BLOCK; row += 16) {
        size_t those = count > row ? (count - row < 16 ? count - row : 16) : 0;
        for (size_t feature = 0; feature < forest->feature_count; feature += 16) {
            size_t width = forest->feature_count - feature < 16 ? forest->feature_count - feature : 16;
            float *column = (float *)into + feature * BLOCK + row;
            const float *start = from + (ptrdiff_t)row * rows->row_stride + feature;
            if (those == 16) turn(start, rows->row_stride, 16, (__mmask16)((1u << width) - 1), column, width);
            else turn(start, rows->row_stride, those, (__mmask16)((1u << width) - 1), column, width);
        }
    }
}

// --- One row -------------------------------------------------------------------------------------------------------------

INLINE uint32_t rank32_wide(const float *sorted, float value) {
    __m512 x = _mm512_set1_ps(value);
    uint32_t first = (uint32_t)__builtin_popcount(_mm512_cmp_ps_mask(x, _mm512_loadu_ps(sorted), _CMP_GT_OQ));
    return 16 * first + (uint32_t)__builtin_popcount(_mm512_cmp_ps_mask(x, _mm512_loadu_ps(sorted + 16 + 16 * first), _CMP_GT_OQ));
}

INLINE uint32_t below64(const double *sixteen, __m512d x) {
    return (uint32_t)__builtin_popcount(_mm512_cmp_pd_mask(x, _mm512_loadu_pd(sixteen), _CMP_GT_OQ)) +
           (uint32_t)__builtin_popcount(_mm512_cmp_pd_mask(x, _mm512_loadu_pd(sixteen + 8), _CMP_GT_OQ));
}

INLINE uint32_t rank64_wide(const double *sorted, double value) {
    __m512d x = _mm512_set1_pd(value);
    uint32_t first = below64(sorted, x);
    return 16 * first + below64(sorted + 16 + 16 * first, x);
}

#define RANK32 rank32_wide
#define RANK64 rank64_wide
#include "row.h"

// All trees of a lane take their n-th node at once; each looks up its own column.
INLINE void run_lane(const martlet_forest *forest, const martlet_forest_lane *lane, const __m512i columns[4], int is_wide, uint32_t planes,
                     uint8_t bits[64]) {
    uint8_t left_bytes[8 * 64] __attribute__((aligned(64)));
    __m512i left[8];
    for (uint32_t plane = 0; plane < planes; plane++) left[plane] = _mm512_set1_epi8(-1);
    const uint8_t *bytes = forest->lane_bytes + lane->first_byte;
    for (uint32_t node = 0; node < lane->node_count; node++, bytes += (2 + planes) * 64) {
        __m512i at = _mm512_load_si512(bytes);
        __m512i value = _mm512_permutex2var_epi8(columns[0], at, columns[1]);
        if (is_wide) value = _mm512_mask_mov_epi8(value, _mm512_movepi8_mask(at), _mm512_permutex2var_epi8(columns[2], at, columns[3]));
        __m512i below = _mm512_movm_epi8(_mm512_cmplt_epu8_mask(value, _mm512_load_si512(bytes + 64)));
        for (uint32_t plane = 0; plane < planes; plane++)
            left[plane] = _mm512_ternarylogic_epi32(left[plane], below, _mm512_load_si512(bytes + (2 + plane) * 64), 0xe0);
    }
    for (uint32_t plane = 0; plane < planes; plane++) _mm512_store_si512(left_bytes + plane * 64, left[plane]);
    _mm512_store_si512(bits, first_bit(left_bytes, 64, planes));
}

static void run_lane_of(const martlet_forest *forest, const martlet_forest_lane *lane, const __m512i columns[4], uint8_t bits[64]) {
    int is_wide = forest->column_count > 128;
    if (is_wide) {
        if (lane->planes <= 4) run_lane(forest, lane, columns, 1, 4, bits);
        else run_lane(forest, lane, columns, 1, 8, bits);
    } else {
        if (lane->planes <= 4) run_lane(forest, lane, columns, 0, 4, bits);
        else run_lane(forest, lane, columns, 0, 8, bits);
    }
}

static void lane_row(const martlet_forest *forest, const uint8_t *bytes, int64_t *sums, int32_t *leaves) {
    __m512i columns[4];
    for (int i = 0; i < 4; i++) columns[i] = _mm512_load_si512(bytes + 64 * i);
    for (uint32_t i = 0; i < forest->lane_count; i++) {
        const martlet_forest_lane *lane = forest->lanes + i;
        const martlet_forest_lane_tree *trees = forest->lane_trees + lane->first_tree;
        uint8_t bits[64] __attribute__((aligned(64)));
        run_lane_of(forest, lane, columns, bits);
        int64_t sum = 0;
        for (uint32_t tree = 0; tree < lane->tree_count; tree++) sum += forest->values[trees[tree].first_value + bits[tree]];
        sums[lane->group] += sum;
        for (uint32_t tree = 0; leaves && tree < lane->tree_count; tree++)
            leaves[trees[tree].tree] = forest->leaf_numbers[trees[tree].first_value + bits[tree]];
    }
}

const martlet_forest_kernels martlet_forest_avx512 = {rank_wide, rank_one_row, run_chunk_wide, add_chunk_wide, transpose_wide, lane_row};

#pragma clang attribute pop
#endif
