// Frees the numbers of TorchSharp a while after it asks for it.
//
// TorchSharp passes numbers to libtorch as Scalars: C++ objects behind managed ones that a finalizer frees. Even a + b makes one (its alpha),
// and nothing keeps the managed object alive during the call, so that a garbage collection at that moment frees the number while the
// operation reads it: an exception in toFloat, or another number without a word. This library stands in front of libLibTorchSharp.so (it
// depends on it, and symbols are looked up in breadth-first order) and replaces the one function that frees: a Scalar lives on for DELAY
// after its managed object has died, far longer than any call needs to read its arguments.

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))
#define DELAY 2000000000LL  // nanoseconds

typedef struct {
    void *scalar;
    long long due;
} Entry;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void (*dispose)(void *);

// A ring whose capacity is a power of two: [first, first + count).
static Entry *entries;
static size_t capacity, first, count;

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int grow(void) {
    size_t larger = capacity ? 2 * capacity : 1024;
    Entry *copy = malloc(larger * sizeof(Entry));
    if (!copy) return 0;
    for (size_t i = 0; i < count; i++) copy[i] = entries[(first + i) & (capacity - 1)];
    free(entries);
    entries = copy;
    capacity = larger;
    first = 0;
    return 1;
}

// The function of libLibTorchSharp.so that frees a Scalar; to be given before the first Scalar is freed.
EXPORT void torch_scalars_init(void (*function)(void *)) { dispose = function; }

// Replaces the function of that name. Without memory for its entry a Scalar is never freed, which is harmless.
EXPORT void THSTorch_dispose_scalar(void *scalar) {
    void *over[64];
    int freed;
    long long time = now();
    pthread_mutex_lock(&lock);
    if (count < capacity || grow()) entries[(first + count++) & (capacity - 1)] = (Entry){scalar, time + DELAY};
    pthread_mutex_unlock(&lock);
    do {
        freed = 0;
        pthread_mutex_lock(&lock);
        for (; freed < 64 && count && entries[first].due <= time; freed++, count--) {
            over[freed] = entries[first].scalar;
            first = (first + 1) & (capacity - 1);
        }
        pthread_mutex_unlock(&lock);
        for (int i = 0; i < freed; i++) dispose(over[i]);
    } while (freed == 64);
}
