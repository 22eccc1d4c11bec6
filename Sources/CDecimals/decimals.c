#include "avx512.h"
#include "martlet_decimals.h"

int martlet_decimals_available(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("avx512bitalg") && __builtin_cpu_supports("avx512vpopcntdq") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
#else
    return 0;
#endif
}

size_t martlet_decimals_floats(const uint8_t *text, size_t size, size_t *position, uint8_t separator, float *values, size_t count) {
#if defined(__x86_64__)
    if (martlet_decimals_available()) return martlet_decimals_avx512_floats(text, size, position, separator, values, count);
#endif
    (void)text, (void)size, (void)position, (void)separator, (void)values, (void)count;
    return 0;
}

size_t martlet_decimals_doubles(const uint8_t *text, size_t size, size_t *position, uint8_t separator, double *values, size_t count) {
#if defined(__x86_64__)
    if (martlet_decimals_available()) return martlet_decimals_avx512_doubles(text, size, position, separator, values, count);
#endif
    (void)text, (void)size, (void)position, (void)separator, (void)values, (void)count;
    return 0;
}
