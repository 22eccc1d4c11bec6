#include "../include/martlet_duckdb.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "../loader/loader.h"

#define TABLE martlet_duckdb
#define PYTHON "libpython3.11.so.1.0"

int martlet_duckdb_load(const char *path, struct martlet_duckdb *table, char *message, size_t capacity) {
    static const struct martlet_symbol symbols[] = {MARTLET_DUCKDB_FUNCTIONS(MARTLET_SYMBOL)};
    // The file out of the Python wheel refers to Python, which the C interface never calls; a plain build does not.
    void *python = dlopen(PYTHON, RTLD_LAZY | RTLD_GLOBAL);
    int status = martlet_load(path, RTLD_LAZY | RTLD_LOCAL, symbols, sizeof symbols / sizeof symbols[0], table, message,
                              capacity);
    if (status == MARTLET_LOAD_NO_FILE && python == NULL) {
        size_t length = strlen(message);
        snprintf(message + length, capacity - length, " (%s, which the file from the Python wheel needs, is missing)",
                 PYTHON);
    }
    return status;
}
