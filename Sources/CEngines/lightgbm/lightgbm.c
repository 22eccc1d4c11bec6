#include "../include/martlet_lightgbm.h"

#include <dlfcn.h>

#include "../loader/loader.h"

#define TABLE martlet_lightgbm

int martlet_lightgbm_load(const char *path, struct martlet_lightgbm *table, char *message, size_t capacity) {
    static const struct martlet_symbol symbols[] = {
        MARTLET_LIGHTGBM_FUNCTIONS(MARTLET_SYMBOL) MARTLET_LIGHTGBM_THREAD_FUNCTIONS(MARTLET_SYMBOL)};
    return martlet_load(path, RTLD_NOW | RTLD_LOCAL, symbols, sizeof symbols / sizeof symbols[0], table, message,
                        capacity);
}
