#include "../include/martlet_openvino.h"

#include <dlfcn.h>

#include "../loader/loader.h"

#define TABLE martlet_openvino

int martlet_openvino_load(const char *path, struct martlet_openvino *table, char *message, size_t capacity) {
    static const struct martlet_symbol symbols[] = {MARTLET_OPENVINO_FUNCTIONS(MARTLET_SYMBOL)};
    return martlet_load(path, RTLD_NOW | RTLD_LOCAL, symbols, sizeof symbols / sizeof symbols[0], table, message,
                        capacity);
}
