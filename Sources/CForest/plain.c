#include "forest_plan.h"

#define KERNELS martlet_forest_plain
#define MARTLET_KERNELS_LINKAGE
#include "kernels.h"
