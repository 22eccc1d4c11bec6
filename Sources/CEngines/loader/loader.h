// Loads a library and looks up a list of its functions.
#pragma once

#include <stddef.h>

struct martlet_symbol {
    const char *name;
    size_t offset;
};

/// Opens a file with dlopen's flags and puts the address of each symbol at its offset in the table.
int martlet_load(const char *path, int flags, const struct martlet_symbol *symbols, size_t count, void *table,
                 char *message, size_t capacity);

/// An initializer of `struct martlet_symbol` for a member of `TABLE` that has its function's name.
#define MARTLET_SYMBOL(result, name, arguments) {#name, offsetof(struct TABLE, name)},
