#include "../include/martlet_libpq.h"

#include <dlfcn.h>

#include "../loader/loader.h"

#define TABLE martlet_libpq

int martlet_libpq_load(const char *path, struct martlet_libpq *table, char *message, size_t capacity) {
    static const struct martlet_symbol symbols[] = {MARTLET_LIBPQ_FUNCTIONS(MARTLET_SYMBOL)};
    return martlet_load(path, RTLD_NOW | RTLD_LOCAL, symbols, sizeof symbols / sizeof symbols[0], table, message,
                        capacity);
}
