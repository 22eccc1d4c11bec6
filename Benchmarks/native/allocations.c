// Counts what a process asks of malloc and its kin. Loaded with LD_PRELOAD; the counts lie in the file that MARTLET_BENCH_COUNTS names:
// two numbers of 8 bytes, the calls and the bytes asked for.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);

typedef struct {
    _Atomic uint64_t calls, bytes;
} counts;

static counts early;
static counts *_Atomic current = &early;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("MARTLET_BENCH_COUNTS");
    int file = path ? open(path, O_RDWR | O_CREAT, 0600) : -1;
    if (file < 0 || ftruncate(file, sizeof early)) return;
    void *memory = mmap(0, sizeof early, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory != MAP_FAILED) current = memory;
    close(file);
}

static void count(size_t size) {
    counts *these = atomic_load_explicit(&current, memory_order_relaxed);
    atomic_fetch_add_explicit(&these->calls, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&these->bytes, size, memory_order_relaxed);
}

void *malloc(size_t size) { return count(size), __libc_malloc(size); }
void *calloc(size_t number, size_t size) { return count(number * size), __libc_calloc(number, size); }
void *realloc(void *old, size_t size) { return count(size), __libc_realloc(old, size); }
void *memalign(size_t alignment, size_t size) { return count(size), __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return count(size), __libc_memalign(alignment, size); }

int posix_memalign(void **made, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) || !alignment || alignment & (alignment - 1)) return EINVAL;
    count(size);
    *made = __libc_memalign(alignment, size);
    return *made ? 0 : ENOMEM;
}
