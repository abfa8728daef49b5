/* SPDX-License-Identifier: MIT */
#ifndef PEER_H
#define PEER_H

/*
 * Shared by the peers' programs in C and C++. Each is called as `PROGRAM WHAT N WORKERS` and prints
 * one line of JSON with its figures; `repeat` measures the time.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PEER_NS_PER_S INT64_C(1000000000)
#define PEER_SLEEP_NS PEER_NS_PER_S /* of each sleeper */
#define PEER_BATCH 100 /* tasks that are spawned before the spawning task waits for them */

/* An empty job with the signature of pconc's jobs. It is compiled in a separate file and called
 * through a pointer, like pconc's, so that the compiler cannot remove the call. */
typedef int peer_job_function(void *context, int64_t i, void *task, void *result);
extern peer_job_function *volatile peer_job;

struct peer_args {
    const char *what;
    int64_t n;
    int workers;
};

static inline struct peer_args peer_parse(int argc, char **argv) {
    struct peer_args args = {
        argc > 1 ? argv[1] : "", argc > 2 ? atoll(argv[2]) : -1, argc > 3 ? atoi(argv[3]) : 1};
    if (args.n < 0 || args.workers < 1) {
        fprintf(stderr, "usage: %s WHAT N WORKERS\n", argv[0]);
        exit(2);
    }
    return args;
}

static inline void peer_fail(const char *what) {
    perror(what);
    exit(1);
}

static inline int64_t peer_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * PEER_NS_PER_S + now.tv_nsec;
}

static inline void peer_sleep_until(int64_t deadline_ns) {
    struct timespec until = {
        (time_t)(deadline_ns / PEER_NS_PER_S), (long)(deadline_ns % PEER_NS_PER_S)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
        ;
}

/* Nanoseconds of one run: after an untimed one, the mean of as many as take 10 ms, like a sample of
 * pconc. */
static inline double peer_repeat(void (*run)(struct peer_args *), struct peer_args *args) {
    int64_t start_ns = peer_now_ns();
    run(args);
    int64_t passes = 10000000 / (peer_now_ns() - start_ns + 1) + 1;
    start_ns = peer_now_ns();
    for (int64_t i = 0; i < passes; i++)
        run(args);
    return (double)(peer_now_ns() - start_ns) / (double)passes;
}

/* The high-water mark of this process's resident memory. */
static inline double peer_peak_bytes(void) {
    char line[256];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "VmHWM: %ld", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return (double)kib * 1024;
}

/* Prints the figure of `items` that took `ns` together, and the peak memory. */
static inline void peer_print(double ns, double items) {
    printf("{\"ns\": %.4f, \"s\": %.6f, \"peak\": %.0f}\n", ns / (items > 0 ? items : 1), ns / 1e9,
        peer_peak_bytes());
}

static inline void peer_unknown(const struct peer_args *args) {
    fprintf(stderr, "'%s' is unknown here\n", args->what);
    exit(2);
}

/* Fails if a peer lost or repeated a job. */
static inline void peer_check(int64_t got, int64_t expected) {
    if (got == expected)
        return;
    fprintf(stderr, "%lld instead of %lld\n", (long long)got, (long long)expected);
    exit(1);
}

#ifdef __cplusplus
}
#endif
#endif
