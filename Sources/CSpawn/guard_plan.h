#ifndef MARTLET_GUARD_PLAN_H
#define MARTLET_GUARD_PLAN_H

#include "martlet_guard.h"

// Guards share the memory of the process that begins them, as a copy of it takes longer than all the rest: each has a stack there, and
// nothing else that it writes to but what its plan points to. They share `errno` too: where it says what to do next, the kernel is asked
// without it.

enum { COUNT = MARTLET_GUARD_DESCRIPTOR_COUNT, HOST_SOCKET = 3, STACK_SIZE = 1 << 16, CHILDREN_SIZE = 1 << 14 };

/// A request, taken apart, and what its guard needs while it lives.
struct plan {
    struct plan *next;
    /// The guard's number; the kernel makes it 0 when the guard is no more.
    volatile pid_t guard;
    /// Whether the command may still be in this memory.
    volatile int is_beginning;
    /// For the guard, and below that for the command until that is another program.
    char *stacks;
    char *body, **lists;
    const struct martlet_guard_limit *limits;
    uint32_t limit_count;
    const char *exit_file, *group, *folder;
    char **paths, **words, **variables;
    /// For a script that names no interpreter: the shell, and room for its path before its own words.
    char **shell_words;
    /// The command's input and output, the guard's lifeline and words.
    int descriptors[COUNT];
    /// Why the command could not begin.
    volatile int fault;
};

/// What a guard does from its beginning to its end. The argument is its plan.
int martlet_guard_run(void *argument);

#endif
