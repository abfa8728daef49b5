/* SPDX-License-Identifier: MIT */
#include "calibration.h"

#define PASSES_MAX 10000000

/* A short interval that was disturbed once looks like a long one, and the number of passes stays
 * for the whole session. So this many intervals must be long enough. An interval above SURE_NS is
 * accepted at once: no disturbance is that long. */
#define LOOKS 3
#define SURE_NS (10 * INTERVAL_MIN_NS)

bool calibration_add(struct calibration *calibration, int64_t interval_ns) {
    if (calibration->passes >= PASSES_MAX || interval_ns >= SURE_NS)
        return true;
    if (interval_ns >= INTERVAL_MIN_NS)
        return ++calibration->looks == LOOKS;

    /* A tenth more than the interval asks for; at most tenfold, as it may have been slow. */
    double factor = 1.1 * (double)INTERVAL_MIN_NS / (double)(interval_ns + 1);
    int64_t passes = (int64_t)((double)calibration->passes * (factor < 10 ? factor : 10)) + 1;
    calibration->passes = passes < PASSES_MAX ? passes : PASSES_MAX;
    calibration->looks = 0;
    return false;
}
