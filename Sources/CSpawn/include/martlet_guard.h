#ifndef MARTLET_GUARD_H
#define MARTLET_GUARD_H

// Starts commands, each under a guard: a process that inherits its orphans, outlives it and puts down how it ended.
//
// To fork a large program takes longer than all the rest of a start. So a small process begins guards: this program anew, which becomes
// that before its main begins. Guards are children of this process all the same, not of that one.

#include <stdint.h>
#include <sys/types.h>

/// A limit that a command begins with.
struct martlet_guard_limit {
    int32_t resource;
    int32_t unused;
    uint64_t soft;
    uint64_t hard;
};

/// What a guard is told before it begins. The body that follows holds the limits, and then texts that each end with 0: the file for the
/// exit status, the control group's list of processes or nothing, the folder, and the lists below one after another.
struct martlet_guard_request {
    uint32_t size_bytes;
    uint32_t limit_count;
    /// Where the program may be: the first that can be begun is.
    uint32_t path_count;
    uint32_t word_count;
    uint32_t variable_count;
};

/// What a guard is given: the command's input, its output and error in one, what breaks when this program ends, and what it tells by.
enum { MARTLET_GUARD_DESCRIPTOR_COUNT = 4 };

/// Starts the process that begins guards. It ends when the other end of the socket is closed. Returns 0 or an `errno`.
int martlet_guard_start_host(int socket, pid_t *pid);

/// How far a request came.
enum martlet_guard_progress {
    /// Nothing was begun, and nothing will be once the host has ended.
    MARTLET_GUARD_UNASKED,
    /// The host may have begun a guard, whose number is not known. Another request cannot be made of it.
    MARTLET_GUARD_ASKED,
    MARTLET_GUARD_ANSWERED,
};

/// Has a guard begun, and tells its number; the caller waits for its end as for any child's. One call at a time. Returns 0 or an `errno`.
///
/// A guard tells in lines: `ended STATUS OWN ALONE`, with the command's status as a shell has it, the most memory that the guard itself
/// had, in KiB, and 1 where nothing is left of the command, so that the guard has ended too, else 0; or `fault ERRNO` where the command could
/// not begin in its folder with its limits.
int martlet_guard_begin(
    int socket, const struct martlet_guard_request *request, const void *body,
    const int descriptors[MARTLET_GUARD_DESCRIPTOR_COUNT], pid_t *pid, enum martlet_guard_progress *progress);

#endif
