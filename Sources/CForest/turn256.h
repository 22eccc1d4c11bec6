// Doubles of a block, turned over four by four: for the processors that have vectors of 32 bytes. Included by avx2.c and avx512.c.

// Copies the first `columns` columns (a multiple of 4) of a whole block whose rows' elements follow one another.
static void turn_doubles(const martlet_forest_rows *rows, size_t first, size_t columns, double *into) {
    const double *from = (const double *)rows->values + (ptrdiff_t)first * rows->row_stride;
    for (size_t column = 0; column < columns; column += 4)
        for (size_t row = 0; row < BLOCK; row += 4) {
            const double *start = from + (ptrdiff_t)row * rows->row_stride + column;
            __m256d r[4];
            for (int i = 0; i < 4; i++) r[i] = _mm256_loadu_pd(start + (ptrdiff_t)i * rows->row_stride);
            __m256d a = _mm256_unpacklo_pd(r[0], r[1]), b = _mm256_unpackhi_pd(r[0], r[1]);
            __m256d c = _mm256_unpacklo_pd(r[2], r[3]), d = _mm256_unpackhi_pd(r[2], r[3]);
            double *to = into + column * BLOCK + row;
            _mm256_store_pd(to, _mm256_permute2f128_pd(a, c, 0x20));
            _mm256_store_pd(to + BLOCK, _mm256_permute2f128_pd(b, d, 0x20));
            _mm256_store_pd(to + 2 * BLOCK, _mm256_permute2f128_pd(a, c, 0x31));
            _mm256_store_pd(to + 3 * BLOCK, _mm256_permute2f128_pd(b, d, 0x31));
        }
}
