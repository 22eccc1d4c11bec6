#include "distances.h"

#include <string.h>

#include "include/martlet_hnsw.h"

// A product that is added without being rounded first would be another number than on processors that cannot.
#pragma clang fp contract(off)

namespace martlet {
namespace {

constexpr size_t laneCount = 16;
typedef float Lanes __attribute__((vector_size(laneCount * sizeof(float))));

template <bool isDifference>
__attribute__((always_inline)) inline void add(Lanes &sums, const float *left, const float *right, size_t count) {
    Lanes a = {}, b = {};
    memcpy(&a, left, count * sizeof(float));
    memcpy(&b, right, count * sizeof(float));
    if (isDifference) {
        const Lanes difference = a - b;
        sums += difference * difference;
    } else {
        sums += a * b;
    }
}

template <bool isDifference>
__attribute__((always_inline)) inline float sum(const void *leftBytes, const void *rightBytes, const void *dimension) {
    const float *left = static_cast<const float *>(leftBytes), *right = static_cast<const float *>(rightBytes);
    const size_t count = *static_cast<const size_t *>(dimension);
    Lanes sums = {};
    size_t done = 0;
    for (; done + laneCount <= count; done += laneCount) add<isDifference>(sums, left + done, right + done, laneCount);
    if (done < count) add<isDifference>(sums, left + done, right + done, count - done);
    for (size_t width = laneCount / 2; width > 0; width /= 2)
        for (size_t lane = 0; lane < width; ++lane) sums[lane] += sums[lane + width];
    return sums[0];
}

#define MARTLET_DISTANCES(target, name)                                                                                       \
    target float l2##name(const void *a, const void *b, const void *d) { return sum<true>(a, b, d); }                         \
    target float cosine##name(const void *a, const void *b, const void *d) { return 1.0f - sum<false>(a, b, d); }             \
    target float dot##name(const void *a, const void *b, const void *d) { return -sum<false>(a, b, d); }

MARTLET_DISTANCES(, Plain)

#if defined(__x86_64__)
MARTLET_DISTANCES(__attribute__((target("avx2"))), AVX2)
bool hasAVX2() { return __builtin_cpu_supports("avx2"); }
#else
#define l2AVX2 l2Plain
#define cosineAVX2 cosinePlain
#define dotAVX2 dotPlain
bool hasAVX2() { return false; }
#endif

}

Distance distance(unsigned metric) {
    const bool isWide = hasAVX2();
    switch (metric) {
    case MARTLET_HNSW_L2: return isWide ? l2AVX2 : l2Plain;
    case MARTLET_HNSW_COSINE: return isWide ? cosineAVX2 : cosinePlain;
    case MARTLET_HNSW_DOT: return isWide ? dotAVX2 : dotPlain;
    default: return nullptr;
    }
}

}
