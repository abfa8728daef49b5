/* SPDX-License-Identifier: MIT */
/* A library to preload: a monotonic clock that moves on only when a program sleeps, which takes no
 * real time. All processes with the same file in PCONC_TEST_CLOCK share it. So a job that sleeps
 * takes exactly the time that it should, on any machine and under any load. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)
#define LOOK_NS 100 /* for each reading of the clock, so that no interval is empty */

static _Atomic int64_t *clock_ns; /* NULL: the system's clock */

__attribute__((constructor)) static void share_clock(void) {
    const char *path = getenv("PCONC_TEST_CLOCK");
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0 || ftruncate(fd, sizeof(*clock_ns)) != 0)
        abort();
    clock_ns = mmap(NULL, sizeof(*clock_ns), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (clock_ns == MAP_FAILED)
        abort();
    close(fd);
    int64_t zero = 0;
    atomic_compare_exchange_strong(clock_ns, &zero, 1000 * NS_PER_S);
}

static int64_t ns_of(const struct timespec *time) {
    return time->tv_sec * NS_PER_S + time->tv_nsec;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (clock != CLOCK_MONOTONIC || !clock_ns)
        return (int)syscall(SYS_clock_gettime, clock, time);
    int64_t now_ns = atomic_fetch_add(clock_ns, LOOK_NS) + LOOK_NS;
    *time = (struct timespec){now_ns / NS_PER_S, now_ns % NS_PER_S};
    return 0;
}

int clock_nanosleep(
    clockid_t clock, int flags, const struct timespec *request, struct timespec *remain) {
    if (clock != CLOCK_MONOTONIC && flags == TIMER_ABSTIME)
        return syscall(SYS_clock_nanosleep, clock, flags, request, remain) < 0 ? errno : 0;
    int64_t now_ns = atomic_load(clock_ns), end_ns = ns_of(request);
    if (flags != TIMER_ABSTIME)
        end_ns += now_ns;
    while (now_ns < end_ns && !atomic_compare_exchange_weak(clock_ns, &now_ns, end_ns))
        ;
    return 0;
}

int nanosleep(const struct timespec *request, struct timespec *remain) {
    return clock_nanosleep(CLOCK_MONOTONIC, 0, request, remain);
}
