#define _GNU_SOURCE

#include "martlet_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int martlet_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int martlet_spawn_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno; }

/// Runs in the child, which shares the parent's memory: nothing here may change any of it.
static int prepare(const struct martlet_spawn_plan *plan) {
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t none;
    if (setsid() < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || chdir(plan->folder) != 0) return errno;
    for (int index = 0; index < plan->descriptor_count; index++) {
        if (dup2(plan->descriptors[index], index) < 0) return errno;
    }
    closefrom(plan->descriptor_count);
    for (int index = 0; index < plan->limit_count; index++) {
        if (setrlimit(plan->limits[index].resource, &plan->limits[index].value) != 0) return errno;
    }
    // Those that may not be changed are left as they are.
    for (int number = 1; number < NSIG; number++) sigaction(number, &usual, NULL);
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL) == 0 ? 0 : errno;
}

int martlet_spawn_session(const struct martlet_spawn_plan *plan, pid_t *pid) {
    sigset_t all, before;
    volatile int fault = 0;
    // A handler of the parent's that ran in the child would change the parent's memory.
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    // Not fork: that copies the page tables of a large parent, which takes longer than all the rest.
    pid_t child = vfork();
    if (child == 0) {
        fault = prepare(plan);
        if (fault == 0) {
            execve(plan->program, plan->words, plan->variables);
            fault = errno;
        }
        _exit(127);
    }
    int reason = child < 0 ? errno : fault;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (child > 0 && reason != 0) while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    if (reason == 0) *pid = child;
    return reason;
}
