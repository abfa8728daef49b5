/* SPDX-License-Identifier: MIT */
#include "calibration.h"

#include <math.h>

#define PASSES_MAX 10000000

/* A short interval that was disturbed once looks like a long one, and the number of passes stays
 * for the whole session. So this many intervals must be long enough. An interval above SURE_NS is
 * accepted at once: no disturbance is that long. */
#define LOOKS 3
#define SURE_NS INTERVAL_MAX_NS

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

/* The sums of squares as Welford, Technometrics 4 (1962), updates them. */
void pilots_add(
    struct pilots *pilots, double time_ns, double run_ns, double run_sd_ns, double overhead_ns) {
    double difference = time_ns - pilots->mean_ns;

    pilots->count++;
    pilots->mean_ns += difference / pilots->count;
    pilots->squares += difference * (time_ns - pilots->mean_ns);
    pilots->run_ns += run_ns;
    pilots->run_variance += run_sd_ns * run_sd_ns;
    pilots->overhead_ns += overhead_ns;
}

int64_t passes_most(double run_ns, double overhead_ns) {
    double most = fmin(overhead_ns, INTERVAL_MAX_NS) / fmax(run_ns, 1);

    return most < PASSES_MAX ? (int64_t)most : PASSES_MAX;
}

int64_t pilots_passes(const struct pilots *pilots, int64_t least) {
    double variance = pilots->squares / (pilots->count - 1);
    double within = pilots->run_variance / pilots->count;
    double between = variance - within / (double)pilots->passes;
    double overhead = pilots->overhead_ns / fmax(pilots->run_ns, 1);
    int64_t most = passes_most(pilots->run_ns / pilots->count, pilots->overhead_ns / pilots->count);

    if (most <= least || sqrt(variance) < PILOT_SPREAD_MIN * pilots->mean_ns)
        return least;
    if (between <= 0)
        return most;
    double best = sqrt(overhead * within / between);
    return best < (double)least ? least : best > (double)most ? most : (int64_t)best;
}
