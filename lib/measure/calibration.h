/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_CALIBRATION_H
#define MEASURE_CALIBRATION_H

#include <stdbool.h>
#include <stdint.h>

/* How many runs make an interval that is long enough to time. Pure: the caller runs and times. */

/* A timed interval holds as many runs as it takes to last about this long: below it, the
 * resolution of the clock and the scheduler would show. */
#define INTERVAL_MIN_NS (INT64_C(10) * 1000000)

struct calibration {
    int64_t passes; /* to time next, or once it is settled the answer; starts as 1 */
    int looks;      /* intervals of so many passes that were long enough; starts as 0 */
};

/* `interval_ns` is how long `passes` passes took. True: the number is settled. False:
 * calibration->passes is how many to time next. */
bool calibration_add(struct calibration *calibration, int64_t interval_ns);

#endif
