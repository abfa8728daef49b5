/* SPDX-License-Identifier: MIT */
#ifndef GATE_NOISE_H
#define GATE_NOISE_H

#include <pconc/workload.h>

#include <stdbool.h>
#include <stddef.h>

/* The random times of simulate.c. A sample's time is 1, times its change, times the drift at that
 * moment, times the noise of its process and of its iteration. The usual noise is log-normal with
 * 2% each. */

/* How a side's noise differs from the usual. */
struct shape {
    double spread; /* factor on the noise of processes and iterations; 0: 1 */
    double share;  /* of samples that take longer */
    double longer; /* by so much: 0.3 is 30% */
    bool has_tail; /* the noise is exponential: no sample is much faster, some are far slower */
};

struct noise {
    struct rng rng;
    double spare;             /* NaN: none */
    double drift, ramp, step; /* logarithms; a sample adds the ramp, and a random step */
};

/* The noise of a session of so many samples: its start, a steady ramp, and a random walk come to
 * about `drift` each. */
struct noise noise_start(struct rng rng, double drift, size_t samples);

/* The time of the next sample. `change` is a logarithm. */
double noise_time(struct noise *noise, const struct shape *shape, double change);

#endif
