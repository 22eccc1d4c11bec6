#if defined(__x86_64__)
#include "forest_plan.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2"))), apply_to = function)
#define KERNELS martlet_forest_avx2
#define MARTLET_KERNELS_LINKAGE
#include "kernels.h"
#pragma clang attribute pop
#endif
