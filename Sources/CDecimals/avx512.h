#ifndef MARTLET_DECIMALS_AVX512_H
#define MARTLET_DECIMALS_AVX512_H

#include <stddef.h>
#include <stdint.h>

size_t martlet_decimals_avx512_floats(const uint8_t *text, size_t size, size_t *position, uint8_t separator, float *values, size_t count);
size_t martlet_decimals_avx512_doubles(const uint8_t *text, size_t size, size_t *position, uint8_t separator, double *values, size_t count);

#endif
