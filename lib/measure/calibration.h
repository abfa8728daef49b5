/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_CALIBRATION_H
#define MEASURE_CALIBRATION_H

#include <stdbool.h>
#include <stdint.h>

/* How many runs a sample times. Pure: the caller runs and times. */

/* A timed interval holds as many runs as it takes to last about this long: below it, the
 * resolution of the clock and the scheduler would show. */
#define INTERVAL_MIN_NS (INT64_C(10) * 1000000)

/* An interval of more than one run is made no longer than this to narrow the results. */
#define INTERVAL_MAX_NS (10 * INTERVAL_MIN_NS)

struct calibration {
    int64_t passes; /* to time next, or once it is settled the answer; starts as 1 */
    int looks;      /* intervals of so many passes that were long enough; starts as 0 */
};

/* `interval_ns` is how long `passes` passes took. True: the number is settled. False:
 * calibration->passes is how many to time next. */
bool calibration_add(struct calibration *calibration, int64_t interval_ns);

/* More runs in a sample average out what varies from run to run, more samples also what varies from
 * process to process. Which is better for the time that they take shows in a few pilot samples. */
#define PILOTS 3

/* With fewer rounds, pilot samples would cost more than they can save. */
#define PILOT_ROUNDS_MIN 10

/* If the pilots' times vary by less than this, their interval is narrow anyway. */
#define PILOT_SPREAD_MIN 0.01

/* What pilot samples of one case showed. Starts as {.passes = N}. */
struct pilots {
    int64_t passes; /* runs that each of them timed, at least 2 */
    int count;
    double mean_ns, squares;                  /* of their times: the mean, and the sum of squares */
    double run_ns, run_variance, overhead_ns; /* sums over the pilots */
};

/* `time_ns`: the sample's. `run_ns`, `run_sd_ns`: mean and standard deviation of its runs.
 * `overhead_ns`: what it took besides its timed runs, starting its process and warm-up included. */
void pilots_add(
    struct pilots *pilots, double time_ns, double run_ns, double run_sd_ns, double overhead_ns);

/* The passes at which the interval of a case is the narrowest for the time of its samples, from
 * `least` to passes_most(). Source: Kalibera and Jones, "Rigorous benchmarking in reasonable time",
 * ISMM 2013: the optimal number of repetitions at the level of runs is
 * sqrt(overhead / time of a run x variance of runs / variance of processes), where the latter is
 * what the variance of the pilots has above its share of the variance of runs. */
int64_t pilots_passes(const struct pilots *pilots, int64_t least);

/* The most passes that are tried: those that take as long as a sample's overhead, and
 * INTERVAL_MAX_NS. So a sample costs at most twice its overhead. Up to that limit three pilots
 * leave 1.35 times the smallest variance for the time, whatever the variances are
 * (test_calibration.c). */
int64_t passes_most(double run_ns, double overhead_ns);

#endif
