#define _GNU_SOURCE

#include "guard_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// Not this program's: who ends all that are called so must not end what sees to their end.
static const char host_name[] = "step-guard";

static int take(int socket, void *bytes, size_t count) {
    for (size_t taken = 0; taken < count;) {
        ssize_t more = recv(socket, (char *)bytes + taken, count - taken, 0);
        if (more <= 0 && !(more < 0 && errno == EINTR)) return 0;
        if (more > 0) taken += (size_t)more;
    }
    return 1;
}

/// Takes a request's head and the descriptors that come with it.
static int take_head(int socket, struct martlet_guard_request *request, int descriptors[COUNT]) {
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(COUNT * sizeof(int))];
    } control;
    struct iovec piece = {.iov_base = request, .iov_len = sizeof *request};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (count <= 0) return 0;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head == NULL || head->cmsg_len != CMSG_LEN(COUNT * sizeof(int))) return 0;
    memcpy(descriptors, CMSG_DATA(head), COUNT * sizeof(int));
    return take(socket, (char *)request + count, sizeof *request - (size_t)count);
}

/// Takes so many texts. Returns what follows them; nothing where there are fewer.
static char *texts(char *place, const char *end, char **list, uint32_t count) {
    for (uint32_t index = 0; index < count; index++) {
        char *last = place == NULL ? NULL : memchr(place, 0, (size_t)(end - place));
        if (last == NULL) return NULL;
        list[index] = place;
        place = last + 1;
    }
    return place;
}

/// Takes a request's body apart. Returns whether it is one.
static int take_apart(struct plan *plan, const struct martlet_guard_request *request) {
    size_t limits_size = request->limit_count * sizeof(struct martlet_guard_limit);
    if (limits_size > request->size_bytes || request->word_count == 0) return 0;
    // One more for the end of each list, and the shell's words besides.
    size_t count = (size_t)request->path_count + 2 * (size_t)request->word_count + request->variable_count + 5;
    plan->lists = calloc(count, sizeof(char *));
    if (plan->lists == NULL) return 0;
    plan->paths = plan->lists;
    plan->words = plan->paths + request->path_count + 1;
    plan->variables = plan->words + request->word_count + 1;
    plan->shell_words = plan->variables + request->variable_count + 1;
    plan->limits = (const struct martlet_guard_limit *)plan->body;
    plan->limit_count = request->limit_count;
    char *end = plan->body + request->size_bytes, *named[3];
    char *place = texts(plan->body + limits_size, end, named, 3);
    place = texts(place, end, plan->paths, request->path_count);
    place = texts(place, end, plan->words, request->word_count);
    if (texts(place, end, plan->variables, request->variable_count) == NULL) return 0;
    plan->exit_file = named[0];
    plan->group = named[1];
    plan->folder = named[2];
    plan->shell_words[0] = "/bin/sh";
    memcpy(plan->shell_words + 2, plan->words + 1, (request->word_count - 1) * sizeof(char *));
    return 1;
}

/// A plan whose guard is no more, or a new one; nothing where there is no memory.
static struct plan *free_plan(struct plan **plans) {
    struct plan *plan = *plans;
    while (plan != NULL && (plan->guard != 0 || plan->is_beginning)) plan = plan->next;
    if (plan == NULL) {
        plan = calloc(1, sizeof *plan);
        char *stacks = plan == NULL ? NULL : aligned_alloc(STACK_SIZE, 2 * STACK_SIZE);
        if (stacks == NULL) return NULL;
        plan->stacks = stacks;
        plan->next = *plans;
        *plans = plan;
    }
    free(plan->body);
    free(plan->lists);
    plan->body = NULL;
    plan->lists = NULL;
    plan->fault = 0;
    return plan;
}

/// Begins a guard. Returns its number, or an `errno` that is negative.
static pid_t begin_guard(struct plan *plan) {
    // A child of this process' parent, which waits for it and hears what it used.
    const int flags = CLONE_VM | CLONE_PARENT | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD;
    pid_t *number = (pid_t *)&plan->guard;
    plan->is_beginning = 1;
    pid_t pid = clone(martlet_guard_run, plan->stacks + 2 * STACK_SIZE, flags, plan, number, NULL, number);
    if (pid < 0) plan->guard = plan->is_beginning = 0;
    return pid > 0 ? pid : -EAGAIN;
}

static void child_ended(int signal) { (void)signal; }

/// Begins guards until nobody asks any more.
static _Noreturn void host(int socket) {
    struct sigaction usual = {.sa_handler = SIG_DFL}, told = {.sa_handler = child_ended};
    struct plan *plans = NULL;
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    // Commands have the usual signals, whatever this program was begun with. Two of them nobody can change.
    for (int number = 1; number < NSIG; number++) sigaction(number, &usual, NULL);
    sigaction(SIGCHLD, &told, NULL);
    prctl(PR_SET_NAME, host_name);
    for (;;) {
        struct martlet_guard_request request;
        int descriptors[COUNT];
        if (!take_head(socket, &request, descriptors)) _exit(0);
        struct plan *plan = free_plan(&plans);
        if (plan == NULL || (plan->body = malloc((size_t)request.size_bytes + 1)) == NULL) _exit(1);
        if (!take(socket, plan->body, request.size_bytes)) _exit(1);
        memcpy(plan->descriptors, descriptors, sizeof descriptors);
        int32_t answer = take_apart(plan, &request) ? begin_guard(plan) : -EINVAL;
        for (int index = 0; index < COUNT; index++) close(descriptors[index]);
        if (send(socket, &answer, sizeof answer, MSG_NOSIGNAL) != sizeof answer) _exit(1);
    }
}

/// Before all else of this program, which has not begun.
__attribute__((constructor(101))) static void become_host(int count, char **words) {
    if (count != 1 || words == NULL || words[0] == NULL || strcmp(words[0], host_name) != 0) return;
    int kind;
    socklen_t size = sizeof kind;
    if (getsockopt(HOST_SOCKET, SOL_SOCKET, SO_DOMAIN, &kind, &size) == 0 && kind == AF_UNIX) host(HOST_SOCKET);
}

extern char **environ;

int martlet_guard_start_host(int socket, pid_t *pid) {
    char *words[] = {(char *)host_name, NULL};
    sigset_t all, before;
    volatile int fault = 0;
    // A handler of the parent's that ran in the child would change the parent's memory.
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = vfork();
    if (child == 0) {
        // A terminal's signals are not for it.
        int nothing = setsid() < 0 ? -1 : open("/dev/null", O_RDWR);
        if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(nothing, 1) < 0 || dup2(nothing, 2) < 0 || dup2(socket, HOST_SOCKET) < 0) {
            fault = errno;
            _exit(127);
        }
        closefrom(HOST_SOCKET + 1);
        execve("/proc/self/exe", words, environ);
        fault = errno;
        _exit(127);
    }
    int reason = child < 0 ? errno : fault;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (child > 0 && reason != 0) while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    if (reason == 0) *pid = child;
    return reason;
}

/// Sends all of something, with descriptors where there are any. Returns 0 or an `errno`.
static int give(int socket, const void *bytes, size_t count, const int *descriptors) {
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(COUNT * sizeof(int))];
    } control;
    struct iovec piece = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    if (descriptors != NULL) {
        memset(&control, 0, sizeof control);
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(COUNT * sizeof(int));
        memcpy(CMSG_DATA(&control.head), descriptors, COUNT * sizeof(int));
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
    }
    while (piece.iov_len > 0) {
        ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return errno;
        piece.iov_base = (char *)piece.iov_base + sent;
        piece.iov_len -= (size_t)sent;
        message.msg_control = NULL;
        message.msg_controllen = 0;
    }
    return 0;
}

int martlet_guard_begin(
    int socket, const struct martlet_guard_request *request, const void *body, const int descriptors[COUNT], pid_t *pid,
    enum martlet_guard_progress *progress) {
    int32_t answer = 0;
    *progress = MARTLET_GUARD_UNASKED;
    int reason = give(socket, request, sizeof *request, descriptors);
    if (reason == 0) reason = give(socket, body, request->size_bytes, NULL);
    if (reason != 0) return reason;
    *progress = MARTLET_GUARD_ASKED;
    if (!take(socket, &answer, sizeof answer)) return EPIPE;
    *progress = MARTLET_GUARD_ANSWERED;
    if (answer < 0) return -answer;
    *pid = answer;
    return 0;
}
