/* SPDX-License-Identifier: MIT */
#ifndef STATS_STATS_H
#define STATS_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* Pure functions of const arrays. `scratch` is room for n values that a function may overwrite. */

struct interval {
    double low, high; /* NaN both: too few values for the level */
};

static inline bool interval_known(struct interval interval) {
    return interval.low == interval.low;
}

/* Middle value, mean of the middle two if n is even; NaN for n 0. */
double median(const double *values, size_t n, double *scratch);

/* Exact order-statistic interval of the median: ranks from the binomial distribution with p 1/2, at
 * least `confidence` (0.95), the narrowest symmetric pair. Known from n 6 on at 95%.
 * Source: Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2. */
struct interval median_interval(const double *values, size_t n, double confidence, double *scratch);

/* The lower rank (from 1) of that interval, its upper is n + 1 - rank; 0: there is none. */
size_t median_interval_rank(size_t n, double confidence);

#endif
