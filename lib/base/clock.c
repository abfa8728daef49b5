/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <errno.h>

int64_t clock_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

void clock_sleep_until(int64_t deadline_ns) {
    if (deadline_ns <= 0)
        return;
    struct timespec deadline = clock_timespec(deadline_ns);
    int error;
    do
        error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL);
    while (error == EINTR);
}

int64_t clock_deadline(int64_t now_ns, int64_t duration_ns) {
    int64_t deadline_ns;
    if (__builtin_add_overflow(now_ns, duration_ns, &deadline_ns))
        return duration_ns > 0 ? INT64_MAX : INT64_MIN;
    return deadline_ns;
}

struct timespec clock_timespec(int64_t ns) {
    int64_t seconds = ns / NS_PER_S;
    int64_t rest = ns % NS_PER_S;
    if (rest < 0) { /* tv_nsec is never negative */
        seconds--;
        rest += NS_PER_S;
    }
    return (struct timespec){.tv_sec = seconds, .tv_nsec = rest};
}
