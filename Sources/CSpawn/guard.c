#define _GNU_SOURCE

#include "guard_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_PAUSE_NS = 2000000, LAST_PAUSE_NS = 512000000 };

/// A call of the kernel with up to three values. Returns what it says: an `errno` is negative.
static long ask_kernel(long number, long first, long second, long third) {
#if defined(__x86_64__)
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(first), "S"(second), "d"(third) : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = first;
    register long x1 __asm__("x1") = second;
    register long x2 __asm__("x2") = third;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
#else
#error "a call of the kernel is not known for this processor"
#endif
}

/// Writes a number at a place. Returns what follows it.
static char *put_number(char *place, long number) {
    char digits[24];
    int count = 0;
    do digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (count > 0) *place++ = digits[--count];
    return place;
}

// MARK: The command

static void write_text(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t ignored = write(file, text, strlen(text));
    (void)ignored;
    close(file);
}

static void say(int descriptor, const char *text) {
    ssize_t ignored = write(descriptor, text, strlen(text));
    (void)ignored;
}

/// Runs in the command's process, which shares the guard's memory. Returns 0 or an `errno`.
static int prepare(const struct plan *plan) {
    sigset_t none;
    long result = ask_kernel(SYS_chdir, (long)plan->folder, 0, 0);
    if (result != 0) return (int)-result;
    // In a session of its own: what it sends to its group must not reach the guard.
    setsid();
    if (plan->group[0] != 0) write_text(plan->group, "0");
    // Where memory runs out, the command goes before what watches it.
    write_text("/proc/self/oom_score_adj", "500");
    for (int number = 0; number < 3; number++) {
        result = ask_kernel(SYS_dup3, plan->descriptors[number == 0 ? 0 : 1], number, 0);
        if (result < 0) return (int)-result;
    }
    closefrom(3);
    for (uint32_t index = 0; index < plan->limit_count; index++) {
        struct rlimit limit = {.rlim_cur = plan->limits[index].soft, .rlim_max = plan->limits[index].hard};
        result = ask_kernel(SYS_setrlimit, plan->limits[index].resource, (long)&limit, 0);
        if (result != 0) return (int)-result;
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    return 0;
}

/// Begins the first program that can be begun, as a shell does. Returns the status that one has for none.
static int execute(const struct plan *plan) {
    long reason = -ENOENT;
    for (char **path = plan->paths; *path != NULL; path++) {
        long result = ask_kernel(SYS_execve, (long)*path, (long)plan->words, (long)plan->variables);
        if (result == -ENOEXEC) {
            plan->shell_words[1] = *path;
            result = ask_kernel(SYS_execve, (long)plan->shell_words[0], (long)plan->shell_words, (long)plan->variables);
        }
        if (result != -ENOENT && result != -ENOTDIR) reason = result;
        if (reason != -ENOENT && reason != -EACCES) break;
    }
    const char *words = strerrordesc_np((int)-reason);
    say(STDERR_FILENO, plan->words[0]);
    say(STDERR_FILENO, ": ");
    say(STDERR_FILENO, reason == -ENOENT || words == NULL ? "not found" : words);
    say(STDERR_FILENO, "\n");
    return reason == -ENOENT ? 127 : 126;
}

static int become_command(void *argument) {
    struct plan *plan = argument;
    plan->fault = prepare(plan);
    _exit(plan->fault == 0 ? execute(plan) : 127);
}

// MARK: The guard

/// Kills all children, of a command that began in a session. Those whose parent is killed become children in turn.
/// Returns whether there are any, also such as wait for their end.
static int kill_children(pid_t session) {
    char text[CHILDREN_SIZE];
    int file = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    ssize_t count = file < 0 ? 0 : read(file, text, sizeof text);
    if (file >= 0) close(file);
    // Where the kernel does not tell of children, those of the command's group are known.
    if (file < 0 && session > 0) kill(-session, SIGKILL);
    pid_t pid = 0;
    // A number that is cut off is another process'.
    for (ssize_t place = 0; place < count; place++) {
        if (text[place] >= '0' && text[place] <= '9') {
            pid = pid * 10 + (text[place] - '0');
        } else {
            if (pid > 0) kill(pid, SIGKILL);
            pid = 0;
        }
    }
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {}
    return pid == 0;
}

static int shell_status(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

/// Puts down how the command ended, also for those who come when this program is no more, and tells.
static void tell_end(const struct plan *plan, int status, int is_alone) {
    char text[64] = "ended ", *number = text + strlen(text), *end = put_number(number, status);
    struct rusage own;
    int file = open(plan->exit_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    memcpy(end, "\n", 2);
    if (file >= 0) {
        say(file, number);
        // Nothing is there in general. What is emptied before it is written takes longer to close, see `AttemptNote`.
        if (lseek(file, 0, SEEK_END) > end + 1 - number) ftruncate(file, end + 1 - number);
        close(file);
    }
    getrusage(RUSAGE_SELF, &own);
    *end++ = ' ';
    end = put_number(end, own.ru_maxrss);
    memcpy(end, is_alone ? " 1\n" : " 0\n", 4);
    say(plan->descriptors[3], text);
}

static void tell_fault(const struct plan *plan) {
    char text[64] = "fault ";
    memcpy(put_number(text + strlen(text), plan->fault), "\n", 2);
    say(plan->descriptors[3], text);
}

/// Hears which children have ended, and tells the command's end. Returns whether there are no more children.
static int hear_children(const struct plan *plan, pid_t *command) {
    int status, has_ended = 0, command_status = 0;
    pid_t ended;
    while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
        if (ended != *command) continue;
        *command = 0;
        has_ended = 1;
        command_status = status;
    }
    if (has_ended && plan->fault == 0) tell_end(plan, shell_status(command_status), ended < 0);
    return ended < 0 && has_ended && plan->fault == 0;
}

int martlet_guard_run(void *argument) {
    struct plan *plan = argument;
    sigset_t waiting;
    struct pollfd lifeline = {.fd = plan->descriptors[2], .events = POLLIN};
    close(HOST_SOCKET);
    setsid();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    // All are blocked, but this one while it waits.
    sigfillset(&waiting);
    sigdelset(&waiting, SIGCHLD);
    // Whoever comes after that program must not find the command begin.
    if (poll(&lifeline, 1, 0) > 0) _exit(0);
    pid_t command = clone(become_command, plan->stacks + STACK_SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD, plan);
    const pid_t session = command;
    plan->is_beginning = 0;
    if (command < 0) plan->fault = EAGAIN;
    close(plan->descriptors[0]);
    close(plan->descriptors[1]);
    if (plan->fault != 0) tell_fault(plan);
    do {
        if (hear_children(plan, &command)) _exit(0);
    } while (ppoll(&lifeline, 1, NULL, &waiting) <= 0);
    // What ended before has ended of its own accord, unlike what is ended here.
    if (hear_children(plan, &command)) _exit(0);
    struct timespec pause = {.tv_nsec = FIRST_PAUSE_NS};
    while (kill_children(session)) {
        nanosleep(&pause, NULL);
        // Some the kernel does not end, or not for this user.
        if (pause.tv_nsec < LAST_PAUSE_NS) pause.tv_nsec *= 2;
    }
    _exit(0);
}
