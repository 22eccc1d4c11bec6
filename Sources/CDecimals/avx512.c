// Two passes over a stretch of text that stays in the first-level cache. The first one looks at 64 bytes at a time: it finds the
// separators, and by which kinds of characters stand side by side, where the first thing is that is no plain number. The second one
// takes eight numbers at a time, each in a window that ends where the number does, so that digits of equal weight stand in equal
// places; nothing in it branches on what the digits are. Separators are found as in Langdale and Lemire, "Parsing gigabytes of
// JSON per second", VLDB Journal 2019.
#include "avx512.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vbmi2,avx512bitalg,avx512vpopcntdq,bmi,popcnt"))), \
                             apply_to = function)

enum {
    BLOCK = 64,
    FIRST_STRETCH = 4 * BLOCK,
    STRETCH = 32 * BLOCK,
    ENDS_MAX = STRETCH / 2,
    GROUP = 8,
    SHORT_WINDOW = 16,
    LONG_WINDOW = 32,
    EXACT_POWER_MAX = 22,        // the last power of ten that a double holds
    SIGNIFICAND_BITS = 53,
};

static const uint8_t places[BLOCK] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
    31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};

static const double powers[LONG_WINDOW] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
    1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31};

// MARK: Separators

// Writes where separators stand, which end the numbers, up to the first thing that is no plain number, or up to the end of the text,
// at most STRETCH bytes. `ends` has room for a block more than ENDS_MAX. Stops soon after `most` of them. Returns how many there are.
static inline size_t find_ends(const uint8_t *text, size_t size, uint8_t separator, int32_t *ends, size_t most) {
    size_t count = 0;
    // The last bit of each kind in the block before. What comes first follows a separator.
    uint64_t digit_before = 0, end_before = 1, space_before = 0, minus_before = 0, zero_before = 0;
    for (size_t at = 0; at < size && count < most; at += BLOCK) {
        __m512i bytes = size - at >= BLOCK ? _mm512_loadu_si512(text + at) : _mm512_maskz_loadu_epi8((1ull << (size - at)) - 1, text + at);
        uint64_t digit = _mm512_cmple_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8('0')), _mm512_set1_epi8(9));
        uint64_t zero = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('0'));
        uint64_t point = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('.'));
        uint64_t minus = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('-'));
        uint64_t end = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8((char)separator));
        uint64_t space = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(' ')) & ~end;
        uint64_t after_end = end << 1 | end_before;
        uint64_t first = after_end | space << 1 | space_before;
        uint64_t bad = ~(digit | point | minus | space | end);
        bad |= (point | end) & ~(digit << 1 | digit_before);
        bad |= minus & ~first;
        bad |= space & ~after_end;
        uint64_t first_zero = zero & (first | minus << 1 | minus_before);
        bad |= digit & (first_zero << 1 | zero_before);
        digit_before = digit >> 63, end_before = end >> 63, space_before = space >> 63, minus_before = minus >> 63;
        zero_before = first_zero >> 63;

        uint64_t found = end & ((bad & -bad) - 1);
        __m512i here = _mm512_maskz_compress_epi8(found, _mm512_loadu_si512(places));
        __m512i offset = _mm512_set1_epi32((int)at);
        _mm512_storeu_si512(ends + count, _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(here)), offset));
        size_t more = (size_t)__builtin_popcountll(found);
        if (more > 16)
            _mm512_storeu_si512(ends + count + 16, _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(here, 1)), offset));
        count += more;
        if (bad) break;
    }
    return count;
}

// MARK: Digits

// Eight numbers: digits / 10^fraction, with their signs; bad where that does not hold.
typedef struct {
    __m512i digits;
    __m256i fraction;
    __mmask8 minus;
    __mmask8 bad;
} group;

// Each four digits as one integer of 32 bits.
static inline __m512i fours(__m512i digits) {
    return _mm512_madd_epi16(_mm512_maddubs_epi16(digits, _mm512_set1_epi16(0x010A)), _mm512_set1_epi32(0x00010064));
}

// Each sixteen digits as one integer of 64 bits, from fours: of each 128 bits of `a`, then of `b`.
static inline __m512i sixteens(__m512i a, __m512i b) {
    __m512i eights = _mm512_madd_epi16(_mm512_packus_epi32(a, b), _mm512_set1_epi32(0x00012710));
    return _mm512_add_epi64(_mm512_mul_epu32(eights, _mm512_set1_epi64(100000000)), _mm512_srli_epi64(eights, 32));
}

// Four windows, of every second number.
static inline __m512i short_windows(const uint8_t *text, const int32_t *ends) {
    __m128i a = _mm_loadu_si128((const __m128i *)(text + ends[0] - SHORT_WINDOW));
    __m128i b = _mm_loadu_si128((const __m128i *)(text + ends[2] - SHORT_WINDOW));
    __m128i c = _mm_loadu_si128((const __m128i *)(text + ends[4] - SHORT_WINDOW));
    __m128i d = _mm_loadu_si128((const __m128i *)(text + ends[6] - SHORT_WINDOW));
    __m256i ab = _mm256_inserti128_si256(_mm256_castsi128_si256(a), b, 1);
    __m256i cd = _mm256_inserti128_si256(_mm256_castsi128_si256(c), d, 1);
    return _mm512_inserti64x4(_mm512_castsi256_si512(ab), cd, 1);
}

// Digits where `keep` says, otherwise 0, without the point: what is before it moves over it, as `whole` says.
static inline __m512i short_digits(__m512i windows, uint64_t keep, uint64_t whole) {
    __m512i digits = _mm512_sub_epi8(windows, _mm512_set1_epi8('0'));
    digits = _mm512_maskz_mov_epi8(_mm512_mask_cmple_epu8_mask(keep, digits, _mm512_set1_epi8(9)), digits);
    return _mm512_mask_blend_epi8(whole, digits, _mm512_bslli_epi128(digits, 1));
}

static inline __m128i halves(uint64_t lower, uint64_t upper) {
    return _mm_insert_epi64(_mm_cvtsi64_si128((int64_t)lower), (int64_t)upper, 1);
}

// Numbers of at most 16 characters.
static inline group read_short(const uint8_t *text, const int32_t *ends, __m256i length) {
    const __m512i point = _mm512_set1_epi8('.'), minus = _mm512_set1_epi8('-');
    __m512i even = short_windows(text, ends), odd = short_windows(text, ends + 1);
    // A word is the mask of one window. The even ones come before the odd ones here, and `in_turn` sorts them.
    const __m128i in_turn = _mm_set_epi8(15, 14, 7, 6, 13, 12, 5, 4, 11, 10, 3, 2, 9, 8, 1, 0);
    __m256i apart = _mm256_permutevar8x32_epi32(length, _mm256_set_epi32(7, 5, 3, 1, 6, 4, 2, 0));
    __m128i keep = _mm_sllv_epi16(_mm_set1_epi16(-1), _mm_sub_epi16(_mm_set1_epi16(SHORT_WINDOW), _mm256_cvtepi32_epi16(apart)));
    uint64_t even_keep = (uint64_t)_mm_cvtsi128_si64(keep), odd_keep = (uint64_t)_mm_extract_epi64(keep, 1);
    __m128i points = halves(_mm512_mask_cmpeq_epi8_mask(even_keep, even, point), _mm512_mask_cmpeq_epi8_mask(odd_keep, odd, point));
    __m128i minuses = halves(_mm512_mask_cmpeq_epi8_mask(even_keep, even, minus), _mm512_mask_cmpeq_epi8_mask(odd_keep, odd, minus));
    // All bits up to the point, or none.
    __m128i whole = _mm_sub_epi16(_mm_add_epi16(points, points), _mm_min_epu16(points, _mm_set1_epi16(1)));
    even = short_digits(even, even_keep, (uint64_t)_mm_cvtsi128_si64(whole));
    odd = short_digits(odd, odd_keep, (uint64_t)_mm_extract_epi64(whole, 1));

    group found;
    found.digits = sixteens(fours(even), fours(odd));
    __m128i after = _mm_popcnt_epi16(_mm_shuffle_epi8(_mm_xor_si128(whole, _mm_set1_epi16(-1)), in_turn));
    found.fraction = _mm256_and_si256(_mm256_cvtepu16_epi32(after), _mm256_set1_epi32(SHORT_WINDOW - 1));
    minuses = _mm_shuffle_epi8(minuses, in_turn), points = _mm_shuffle_epi8(points, in_turn);
    found.minus = _mm_test_epi16_mask(minuses, minuses);
    found.bad = _mm_test_epi16_mask(points, _mm_sub_epi16(points, _mm_set1_epi16(1)));
    return found;
}

static inline __m512i long_windows(const uint8_t *text, const int32_t *ends) {
    __m256i a = _mm256_loadu_si256((const __m256i *)(text + ends[0] - LONG_WINDOW));
    __m256i b = _mm256_loadu_si256((const __m256i *)(text + ends[1] - LONG_WINDOW));
    return _mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1);
}

// As short_digits, in windows of 32.
static inline __m512i long_digits(__m512i windows, uint64_t keep, uint64_t whole) {
    __m512i digits = _mm512_sub_epi8(windows, _mm512_set1_epi8('0'));
    digits = _mm512_maskz_mov_epi8(_mm512_mask_cmple_epu8_mask(keep, digits, _mm512_set1_epi8(9)), digits);
    __m512i before = _mm512_maskz_permutexvar_epi64(0xCC, _mm512_set_epi64(5, 4, 5, 4, 1, 0, 1, 0), digits);
    return _mm512_mask_blend_epi8(whole, digits, _mm512_alignr_epi8(digits, before, 15));
}

// Numbers of any length; those beyond 32 characters and 19 digits are bad.
static inline group read_long(const uint8_t *text, const int32_t *ends, __m256i length) {
    const __m512i point = _mm512_set1_epi8('.'), minus = _mm512_set1_epi8('-');
    const __m256i one = _mm256_set1_epi32(1), ones = _mm256_set1_epi32(-1);
    uint64_t keep[4], whole[4], point_masks[4], minus_masks[4];
    _mm256_storeu_si256((__m256i *)keep, _mm256_sllv_epi32(ones, _mm256_sub_epi32(_mm256_set1_epi32(LONG_WINDOW), length)));
    __m512i windows[4];
    for (int each = 0; each < 4; each++) {
        windows[each] = long_windows(text, ends + 2 * each);
        point_masks[each] = _mm512_mask_cmpeq_epi8_mask(keep[each], windows[each], point);
        minus_masks[each] = _mm512_mask_cmpeq_epi8_mask(keep[each], windows[each], minus);
    }
    __m256i points = _mm256_loadu_si256((const __m256i *)point_masks), minuses = _mm256_loadu_si256((const __m256i *)minus_masks);
    __m256i wholes = _mm256_sub_epi32(_mm256_add_epi32(points, points), _mm256_min_epu32(points, one));
    _mm256_storeu_si256((__m256i *)whole, wholes);
    for (int each = 0; each < 4; each++) windows[each] = fours(long_digits(windows[each], keep[each], whole[each]));
    // Elements of a: upper digits of numbers 0 and 2, lower ones of 0 and 2, upper ones of 1 and 3, lower ones. In b, those of 4 to 7.
    __m512i a = sixteens(windows[0], windows[1]), b = sixteens(windows[2], windows[3]);
    __m512i upper = _mm512_permutex2var_epi64(a, _mm512_set_epi64(13, 9, 12, 8, 5, 1, 4, 0), b);
    __m512i lower = _mm512_permutex2var_epi64(a, _mm512_set_epi64(15, 11, 14, 10, 7, 3, 6, 2), b);

    group found;
    found.digits = _mm512_add_epi64(_mm512_mullo_epi64(upper, _mm512_set1_epi64(10000000000000000)), lower);
    found.fraction = _mm256_and_si256(_mm256_popcnt_epi32(_mm256_xor_si256(wholes, ones)), _mm256_set1_epi32(LONG_WINDOW - 1));
    found.minus = _mm256_test_epi32_mask(minuses, minuses);
    found.bad = _mm256_test_epi32_mask(points, _mm256_sub_epi32(points, one)) | _mm256_cmpgt_epi32_mask(length, _mm256_set1_epi32(LONG_WINDOW)) |
                _mm512_cmpge_epu64_mask(upper, _mm512_set1_epi64(1000));
    return found;
}

// MARK: Rounding

static inline __m512d power_of(__m256i fraction, int is_short) {
    __m512i index = _mm512_cvtepu32_epi64(fraction);
    __m512d below16 = _mm512_permutex2var_pd(_mm512_loadu_pd(powers), index, _mm512_loadu_pd(powers + 8));
    if (is_short) return below16;
    __m512d others = _mm512_permutex2var_pd(_mm512_loadu_pd(powers + 16), index, _mm512_loadu_pd(powers + 24));
    return _mm512_mask_mov_pd(below16, _mm512_test_epi64_mask(index, _mm512_set1_epi64(16)), others);
}

static inline __m512d with_sign(__m512d value, __mmask8 minus) { return _mm512_mask_xor_pd(value, minus, value, _mm512_set1_pd(-0.0)); }

// Digits, power and quotient are each off by half a unit of the last place at most. Where four units could make another float of it,
// it is bad. All values are normal as floats.
static inline __mmask8 write_floats(float *values, group found, int is_short) {
    __m512d quotient = _mm512_div_pd(_mm512_cvtepu64_pd(found.digits), power_of(found.fraction, is_short));
    _mm256_storeu_ps(values, _mm512_cvtpd_ps(with_sign(quotient, found.minus)));
    __m512i below_float = _mm512_and_si512(_mm512_castpd_si512(quotient), _mm512_set1_epi64(0x1FFFFFFF));
    return _mm512_cmple_epu64_mask(_mm512_sub_epi64(below_float, _mm512_set1_epi64(0x10000000 - 4)), _mm512_set1_epi64(8));
}

// Where both operands are exact, one division rounds once (Clinger, "How to read floating point numbers accurately", PLDI 1990).
// Longer digits are the sum of two doubles; the remainder of the quotient of the first is exact, and what it and the second
// add to the quotient is known to 51 bits, which tells the nearest unless the sum lies that near to the middle of two.
static inline __mmask8 write_doubles(double *values, group found, int is_short) {
    __m512d power = power_of(found.fraction, is_short), high = _mm512_cvtepu64_pd(found.digits);
    __m512d quotient = _mm512_div_pd(high, power);
    if (is_short) {
        _mm512_storeu_pd(values, with_sign(quotient, found.minus));
        return _mm512_cmpge_epu64_mask(found.digits, _mm512_set1_epi64(1ll << SIGNIFICAND_BITS));
    }
    __m512d low = _mm512_cvtepi64_pd(_mm512_sub_epi64(found.digits, _mm512_cvtpd_epu64(high)));
    __m512d more = _mm512_div_pd(_mm512_add_pd(_mm512_fnmadd_pd(quotient, power, high), low), power);
    __m512d sum = _mm512_add_pd(quotient, more);
    __m512d error = _mm512_sub_pd(more, _mm512_sub_pd(sum, quotient));
    _mm512_storeu_pd(values, with_sign(sum, found.minus));

    __m512i bits = _mm512_castpd_si512(sum);
    __m512i exponent = _mm512_and_si512(bits, _mm512_set1_epi64(0x7FF0000000000000));
    __m512d half_unit = _mm512_castsi512_pd(_mm512_sub_epi64(exponent, _mm512_set1_epi64((long long)SIGNIFICAND_BITS << 52)));
    __mmask8 near = _mm512_cmp_pd_mask(_mm512_abs_pd(error), _mm512_mul_pd(half_unit, _mm512_set1_pd(1 - 0x1p-20)), _CMP_GE_OQ);
    // The unit below a power of two is smaller.
    __mmask8 is_power = _mm512_testn_epi64_mask(bits, _mm512_set1_epi64(0x000FFFFFFFFFFFFF));
    near |= is_power & _mm512_cmp_pd_mask(error, _mm512_setzero_pd(), _CMP_NEQ_UQ);
    near &= _mm512_test_epi64_mask(found.digits, found.digits);
    return near | _mm256_cmpgt_epi32_mask(found.fraction, _mm256_set1_epi32(EXACT_POWER_MAX));
}

// MARK: Runs

typedef __mmask8 write_group(void *values, group found, int is_short);

static inline __mmask8 float_group(void *values, group found, int is_short) { return write_floats(values, found, is_short); }
static inline __mmask8 double_group(void *values, group found, int is_short) { return write_doubles(values, found, is_short); }

// Reads what stands before `count` separators of a stretch. Returns how many values were written before a bad one.
static inline __attribute__((always_inline)) size_t read_stretch(
    const uint8_t *text, const int32_t *ends, size_t count, uint8_t *values, size_t width, write_group *write) {
    for (size_t at = 0; at < count; at += GROUP) {
        __m256i end = _mm256_loadu_si256((const __m256i *)(ends + at));
        __m256i before = _mm256_loadu_si256((const __m256i *)(ends + at - 1));
        // end - before - 1
        __m256i length = _mm256_add_epi32(end, _mm256_xor_si256(before, _mm256_set1_epi32(-1)));
        size_t here = count - at < GROUP ? count - at : GROUP;
        uint8_t few[GROUP * sizeof(double)];
        uint8_t *into = here == GROUP ? values + at * width : few;
        __mmask8 bad;
        if (!_mm256_cmpgt_epi32_mask(length, _mm256_set1_epi32(SHORT_WINDOW))) {
            group found = read_short(text, ends + at, length);
            bad = found.bad | write(into, found, 1);
        } else {
            group found = read_long(text, ends + at, length);
            bad = found.bad | write(into, found, 0);
        }
        bad &= (__mmask8)((1u << here) - 1);
        if (bad) here = (size_t)__builtin_ctz(bad);
        if (into == few) __builtin_memcpy(values + at * width, few, here * width);
        if (bad) return at + here;
    }
    return count;
}

static inline __attribute__((always_inline)) size_t read_run(
    const uint8_t *text, size_t size, size_t *position, uint8_t separator, void *values, size_t count, size_t width, write_group *write) {
    // One before the first and a block behind the last.
    int32_t ends[1 + ENDS_MAX + BLOCK];
    size_t done = 0;
    if (*position < LONG_WINDOW) return 0;
    // Little at first: where one number after the other is left to the caller, what was found beyond it is in vain.
    for (size_t span = FIRST_STRETCH; done < count; span = span < STRETCH ? 2 * span : STRETCH) {
        const uint8_t *stretch = text + *position;
        size_t left = size - *position;
        ends[0] = -1;
        size_t found = find_ends(stretch, left < span ? left : span, separator, ends + 1, count - done);
        if (found > count - done) found = count - done;
        if (!found) break;
        // Those that fill the last group up have no length.
        _mm256_storeu_si256((__m256i *)(ends + found + 1), _mm256_set1_epi32(ends[found]));
        size_t read = read_stretch(stretch, ends + 1, found, (uint8_t *)values + done * width, width, write);
        done += read;
        *position += (size_t)(ends[read] + 1);
        if (read < found) break;
    }
    return done;
}

size_t martlet_decimals_avx512_floats(const uint8_t *text, size_t size, size_t *position, uint8_t separator, float *values, size_t count) {
    return read_run(text, size, position, separator, values, count, sizeof(float), float_group);
}

size_t martlet_decimals_avx512_doubles(const uint8_t *text, size_t size, size_t *position, uint8_t separator, double *values, size_t count) {
    return read_run(text, size, position, separator, values, count, sizeof(double), double_group);
}

#pragma clang attribute pop
#endif
