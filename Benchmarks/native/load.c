// Puts load on an HTTP server of this machine: one thread, keep-alive connections, one request under way on each.
//
//   load closed PORT REQUESTS CONNECTIONS COUNT SECONDS          the next request as soon as the last is answered
//   load open   PORT REQUESTS CONNECTIONS COUNT SECONDS RATE     requests at random times, RATE a second on average
//   load pauses SECONDS                                          no request: how long this machine keeps a program waiting
//
// REQUESTS is a file of whole HTTP requests, each after its length (4 bytes, this machine's order); they are sent in turn. It ends
// after COUNT requests or SECONDS, whichever is first, and prints one line of JSON. Latencies are in milliseconds. Open, a request's
// latency counts from the moment at which it was due, whether or not a connection was free: a server that stops for a while
// cannot hide it.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 1024, ANSWER_MAX = 1 << 20, HEAD_MAX = 1 << 14 };
// After the last request was sent, so long for answers.
static const double grace_seconds = 120;

typedef struct {
    const char *bytes;
    uint32_t length;
} request;

typedef struct {
    int socket;
    int busy;
    double due;
    const request *request;
    size_t sent;
    size_t received, head, body;  // of the answer; head is 0 until it is whole
    int status;
    char answer[HEAD_MAX];
} connection;

static connection connections[CONNECTIONS_MAX];
static request *requests;
static size_t request_count;
static int poll_set;
static uint64_t sent, answered, refused;
static double *latencies;
static uint64_t random_state = 0x9e3779b97f4a7c15;

static void fail(const char *what) {
    fprintf(stderr, "load: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

// SplitMix64, as a number between 0 and 1, without either.
static double random_share(void) {
    uint64_t z = random_state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9, z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return ((double)((z ^ z >> 31) >> 11) + 0.5) * 0x1p-53;
}

static void read_requests(const char *path) {
    int file = open(path, O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status) || status.st_size < 5) fail(path);
    const char *bytes = mmap(0, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (bytes == MAP_FAILED) fail(path);
    for (size_t at = 0; at + 4 < (size_t)status.st_size;) {
        uint32_t length;
        memcpy(&length, bytes + at, 4);
        if (!length || at + 4 + length > (size_t)status.st_size) errno = 0, fail("the file of requests is cut off");
        requests = realloc(requests, (request_count + 1) * sizeof *requests);
        if (!requests) fail("memory");
        requests[request_count++] = (request){bytes + at + 4, length};
        at += 4 + length;
    }
}

static void connect_all(int port, int count) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < count; i++) {
        connection *c = connections + i;
        c->socket = socket(AF_INET, SOCK_STREAM, 0);
        if (c->socket < 0 || connect(c->socket, (struct sockaddr *)&address, sizeof address)) fail("cannot connect");
        int yes = 1;
        setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        fcntl(c->socket, F_SETFL, O_NONBLOCK);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        if (epoll_ctl(poll_set, EPOLL_CTL_ADD, c->socket, &event)) fail("epoll");
    }
}

static void want(connection *c, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(poll_set, EPOLL_CTL_MOD, c->socket, &event)) fail("epoll");
}

static void push(connection *c) {
    int waited = c->sent > 0;
    while (c->sent < c->request->length) {
        ssize_t count = send(c->socket, c->request->bytes + c->sent, c->request->length - c->sent, MSG_NOSIGNAL);
        if (count < 0 && errno == EAGAIN) return want(c, EPOLLIN | EPOLLOUT);
        if (count < 0) fail("cannot send");
        c->sent += (size_t)count;
    }
    if (waited) want(c, EPOLLIN);
}

static void start(connection *c, double due) {
    c->busy = 1, c->due = due, c->request = requests + sent++ % request_count;
    c->sent = c->received = c->head = c->body = 0;
    push(c);
}

// Finds the head's end, the status and the length of the body.
static void read_head(connection *c) {
    size_t kept = c->received < HEAD_MAX - 1 ? c->received : HEAD_MAX - 1;
    c->answer[kept] = 0;
    char *end = strstr(c->answer, "\r\n\r\n");
    if (!end) {
        if (kept == HEAD_MAX - 1) errno = 0, fail("an answer's head is too long");
        return;
    }
    c->head = (size_t)(end - c->answer) + 4;
    c->status = (int)strtol(c->answer + 9, 0, 10);
    char *length = strcasestr(c->answer, "\r\ncontent-length:");
    if (!length || length > end) errno = 0, fail("an answer tells no content-length");
    c->body = strtoul(length + 17, 0, 10);
}

// Whether the answer is whole.
static int pull(connection *c) {
    static char rest[ANSWER_MAX];
    for (;;) {
        int heading = c->head == 0;
        char *into = heading ? c->answer + c->received : rest;
        ssize_t count = recv(c->socket, into, heading ? HEAD_MAX - 1 - c->received : sizeof rest, 0);
        if (count < 0 && errno == EAGAIN) return 0;
        if (count <= 0) fail("the server closed a connection");
        c->received += (size_t)count;
        if (heading) read_head(c);
        if (!c->head || c->received < c->head + c->body) continue;
        if (c->received > c->head + c->body || !c->busy) errno = 0, fail("more was answered than asked");
        return 1;
    }
}

static int by_size(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double quantile(double share) {
    if (!answered) return 0;
    uint64_t at = (uint64_t)ceil(share * (double)answered);
    return 1000 * latencies[(at ? at : 1) - 1];
}

static void wait_until(double moment) {
    struct epoll_event events[64];
    double left = moment - now();
    struct timespec time = {.tv_sec = left > 0 ? (time_t)left : 0};
    if (left > 0) time.tv_nsec = (long)((left - (double)time.tv_sec) * 1e9);
    int count = epoll_pwait2(poll_set, events, 64, &time, 0);
    if (count < 0 && errno != EINTR) fail("epoll");
    for (int i = 0; i < count; i++) {
        connection *c = events[i].data.ptr;
        if (events[i].events & EPOLLOUT) push(c);
        if (!(events[i].events & ~(uint32_t)EPOLLOUT) || !pull(c)) continue;
        c->busy = 0;
        refused += c->status != 200;
        latencies[answered++] = now() - c->due;
    }
}

static void run(int count, uint64_t limit, double seconds, double rate) {
    double begun = now(), due = begun;
    for (int open = 1; open || answered < sent;) {
        double time = now();
        open = open && time - begun < seconds && sent < limit;
        if (!open && time - begun > seconds + grace_seconds) errno = 0, fail("the server does not answer any more");
        for (int i = 0; open && i < count; i++) {
            if (connections[i].busy) continue;
            if (rate > 0 && due > time) break;
            start(connections + i, rate > 0 ? due : time);
            if (rate > 0) due -= log(random_share()) / rate;
            open = sent < limit;
        }
        int idle = 0;
        for (int i = 0; i < count; i++) idle |= !connections[i].busy;
        wait_until(rate > 0 && open && idle ? due : now() + 0.1);
    }
    seconds = now() - begun;
    qsort(latencies, answered, sizeof *latencies, by_size);
    printf("{\"requests\": %lu, \"refused\": %lu, \"seconds\": %.6f, \"p50\": %.4f, \"p90\": %.4f, \"p99\": %.4f, \"max\": %.4f}\n",
           (unsigned long)answered, (unsigned long)refused, seconds, quantile(0.5), quantile(0.9), quantile(0.99), quantile(1));
}

// What the machine alone adds to latencies: a program that only looks at the clock notes how long it did not run. At a random moment,
// the rest of a pause is what a request that takes no time would wait.
static void pauses(double seconds) {
    enum { MOST = 1 << 20 };
    static double lengths[MOST];
    size_t found = 0;
    double begun = now(), before = begun, time = begun, longest = 0, lost = 0;
    while (time - begun < seconds && found < MOST) {
        time = now();
        double length = time - before;
        if (length > 20e-6) lengths[found++] = length, lost += length;
        if (length > longest) longest = length;
        before = time;
    }
    // The wait that one moment in a hundred exceeds, by halving.
    double low = 0, high = longest;
    for (int step = 0; step < 60; step++) {
        double wait = (low + high) / 2, beyond = 0;
        for (size_t i = 0; i < found; i++) beyond += lengths[i] > wait ? lengths[i] - wait : 0;
        if (beyond > 0.01 * (time - begun)) low = wait; else high = wait;
    }
    printf("{\"p99\": %.4f, \"longest\": %.4f, \"share\": %.6f}\n", 1000 * high, 1000 * longest, lost / (time - begun));
}

int main(int count, char **words) {
    if (count == 3 && !strcmp(words[1], "pauses") && atof(words[2]) > 0) {
        pauses(atof(words[2]));
        return 0;
    }
    int open = count == 8 && !strcmp(words[1], "open");
    if (!open && (count != 7 || strcmp(words[1], "closed"))) {
        fprintf(stderr, "usage: load closed|open PORT REQUESTS CONNECTIONS COUNT SECONDS [RATE]\n       load pauses SECONDS\n");
        return 64;
    }
    int width = atoi(words[4]);
    uint64_t limit = strtoull(words[5], 0, 10);
    double seconds = atof(words[6]), rate = open ? atof(words[7]) : 0;
    errno = 0;
    if (width < 1 || width > CONNECTIONS_MAX || limit < 1 || limit > 100000000 || seconds <= 0 || (open && rate <= 0))
        fail("a number is out of range");
    prctl(PR_SET_TIMERSLACK, 1);
    poll_set = epoll_create1(0);
    latencies = malloc(limit * sizeof *latencies);
    if (poll_set < 0 || !latencies) fail("cannot begin");
    read_requests(words[3]);
    connect_all(atoi(words[2]), width);
    run(width, limit, seconds, rate);
    return 0;
}
