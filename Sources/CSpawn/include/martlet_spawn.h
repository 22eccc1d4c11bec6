#ifndef MARTLET_SPAWN_H
#define MARTLET_SPAWN_H

// What Swift does not see of glibc's spawn.h and unistd.h.

#include <spawn.h>

/// Lets a child begin without the descriptors from a number on, whatever others have open then. Needs glibc 2.34. Returns 0 or an `errno`.
int martlet_spawn_close_from(posix_spawn_file_actions_t *actions, int first);

/// Makes a pipe, to read and to write, that no program inherits which is started meanwhile. Returns 0 or an `errno`.
int martlet_spawn_pipe(int ends[2]);

#endif
