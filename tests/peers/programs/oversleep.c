/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>

/* How much too long a sleep of 1 ms is, N times one after another: mean, median and 99th
 * percentile, for each primitive with a timer slack of 1 ns, and for nanosleep with the default. */

static int epoll_fd, timer_fd;

static void by_nanosleep(int64_t ns) {
    clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = ns}, NULL);
}

static void by_epoll(int64_t ns) {
    struct epoll_event event;
    epoll_pwait2(epoll_fd, &event, 1, &(struct timespec){.tv_nsec = ns}, NULL);
}

static void by_timerfd(int64_t ns) {
    uint64_t expired;
    timerfd_settime(timer_fd, 0, &(struct itimerspec){.it_value = {.tv_nsec = ns}}, NULL);
    if (read(timer_fd, &expired, sizeof(expired)) != sizeof(expired))
        peer_fail("timerfd");
}

static int compare(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    const int64_t asked_ns = 1000000;
    struct peer_args args = peer_parse(argc, argv);
    bool by_default = strcmp(args.what, "default") == 0;
    void (*nap)(int64_t) = strcmp(args.what, "epoll_pwait2") == 0 ? by_epoll
        : strcmp(args.what, "timerfd") == 0                       ? by_timerfd
        : strcmp(args.what, "nanosleep") == 0 || by_default       ? by_nanosleep
                                                                  : NULL;
    if (!nap || args.n < 1)
        peer_unknown(&args);
    prctl(PR_SET_TIMERSLACK, by_default ? 0 : 1);
    epoll_fd = epoll_create1(0);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, 0);
    int64_t *over_ns = calloc((size_t)args.n, sizeof(*over_ns));
    if (epoll_fd < 0 || timer_fd < 0 || !over_ns)
        peer_fail("setting up");
    double sum_ns = 0;
    for (int64_t i = 0; i < args.n; i++) {
        int64_t start_ns = peer_now_ns();
        nap(asked_ns);
        over_ns[i] = peer_now_ns() - start_ns - asked_ns;
        sum_ns += (double)over_ns[i];
    }
    qsort(over_ns, (size_t)args.n, sizeof(*over_ns), compare);
    printf("{\"mean\": %.0f, \"p50\": %jd, \"p99\": %jd}\n", sum_ns / (double)args.n,
        (intmax_t)over_ns[args.n / 2], (intmax_t)over_ns[args.n * 99 / 100]);
    free(over_ns);
    return 0;
}
