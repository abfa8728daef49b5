/* SPDX-License-Identifier: MIT */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Time in pconc: int64_t nanoseconds of CLOCK_MONOTONIC, in names that end in _ns. */

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

int64_t clock_now_ns(void);

/* Sleeps until `deadline_ns` at the earliest, through signals. */
void clock_sleep_until(int64_t deadline_ns);

/* `now + duration` without overflow: far futures stay in the far future. */
int64_t clock_deadline(int64_t now_ns, int64_t duration_ns);

struct timespec clock_timespec(int64_t ns);

#endif
