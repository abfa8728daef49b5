/* SPDX-License-Identifier: MIT */
#ifndef STATS_STATS_H
#define STATS_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* Pure functions of const arrays. `scratch` has room for n values, which a function overwrites. */

struct interval {
    double low, high; /* both NaN: there are too few values for the level */
};

static inline bool interval_known(struct interval interval) {
    return interval.low == interval.low;
}

/* The interval of the negated value. */
static inline struct interval interval_mirrored(struct interval interval) {
    return (struct interval){-interval.high, -interval.low};
}

struct estimate {
    double value; /* NaN: there are no values */
    struct interval interval;
};

/* The estimate of a ratio from that of its logarithm. */
struct estimate estimate_exp(struct estimate logs);

void sort_values(double *values, size_t n);

/* The middle value, or the mean of the middle two; NaN for n 0. */
double median(const double *values, size_t n, double *scratch);

/* The exact order-statistic interval of the median. The ranks come from the binomial distribution
 * with p 1/2: the narrowest symmetric pair with at least `confidence`. At 0.95 it needs 6 values.
 * Source: Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2. */
struct interval median_interval(const double *values, size_t n, double confidence, double *scratch);

/* Both. */
struct estimate median_estimate(const double *values, size_t n, double confidence, double *scratch);

/* The lower rank of that interval, from 1; the upper rank is n + 1 - rank. 0: there is none. */
size_t median_interval_rank(size_t n, double confidence);

#endif
