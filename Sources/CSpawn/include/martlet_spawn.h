#ifndef MARTLET_SPAWN_H
#define MARTLET_SPAWN_H

// What Swift does not see of glibc's spawn.h, and a start that posix_spawn has no words for.

#include <spawn.h>
#include <sys/resource.h>
#include <sys/types.h>

/// Lets a child begin without the descriptors from a number on, whatever others have open then. Needs glibc 2.34. Returns 0 or an `errno`.
int martlet_spawn_close_from(posix_spawn_file_actions_t *actions, int first);

/// A limit that the child begins with.
struct martlet_spawn_limit {
    int resource;
    struct rlimit value;
};

/// What a child begins with. Lists of words end with NULL.
struct martlet_spawn_plan {
    /// The program's path.
    const char *program;
    char *const *words;
    char *const *variables;
    const char *folder;
    /// What become its descriptors 0, 1, …; it has no others. None of these numbers may be less than their count.
    const int *descriptors;
    int descriptor_count;
    const struct martlet_spawn_limit *limits;
    int limit_count;
};

/// Starts a program in a session of its own, with usual signals, that becomes the parent of those among its descendants whose parent ends
/// (`PR_SET_CHILD_SUBREAPER`). Returns 0 or an `errno`, also where the program itself could not be begun.
int martlet_spawn_session(const struct martlet_spawn_plan *plan, pid_t *pid);

/// Makes a pipe, to read and to write, that no program inherits which is started meanwhile. Returns 0 or an `errno`.
int martlet_spawn_pipe(int ends[2]);

#endif
