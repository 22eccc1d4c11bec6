#define _GNU_SOURCE

#include "loader.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "../include/martlet_load.h"

int martlet_load(const char *path, int flags, const struct martlet_symbol *symbols, size_t count, void *table,
                 char *message, size_t capacity) {
    void *library = dlopen(path, flags);
    if (library == NULL) {
        const char *reason = dlerror();
        snprintf(message, capacity, "%s", reason != NULL ? reason : path);
        return MARTLET_LOAD_NO_FILE;
    }
    for (size_t i = 0; i < count; i++) {
        void *address = dlsym(library, symbols[i].name);
        if (address == NULL) {
            snprintf(message, capacity, "%s: has no function %s", path, symbols[i].name);
            dlclose(library);
            return MARTLET_LOAD_NO_SYMBOL;
        }
        memcpy((char *)table + symbols[i].offset, &address, sizeof address);
    }
    return MARTLET_LOAD_DONE;
}
