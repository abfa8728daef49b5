/* SPDX-License-Identifier: MIT */
#ifndef STATS_SIGNED_RANK_H
#define STATS_SIGNED_RANK_H

#include "stats.h"

/* Up to so many values the distribution is exact, beyond them its normal approximation. */
#define SIGNED_RANK_EXACT_MAX 300

/*
 * Where the middle of a symmetric distribution lies, from one sample of it. A Walsh average is the
 * mean of two values, or of a value with itself; n values have n(n + 1) / 2. The centre is their
 * median. The interval holds the points that Wilcoxon's signed-rank test at level 1 - confidence
 * does not reject: it ends at two Walsh averages, as far from the smallest as from the largest.
 *
 * The confidence is exact if the distribution is symmetric and continuous. No value is left out,
 * also if values are equal or 0: ties make the interval, which includes its ends, wider than it
 * must be. If n values are too few for the confidence there is no interval. R returns the range of
 * the values then, and warns; otherwise the results are those of R's wilcox.test(x, y, paired =
 * TRUE, conf.int = TRUE, exact = TRUE).
 *
 * Source: Hollander and Wolfe, Nonparametric Statistical Methods, 2nd ed., sections 3.1 to 3.3.
 */
double signed_rank_centre(const double *values, size_t n, double *scratch);
struct interval signed_rank_interval(
    const double *values, size_t n, double confidence, double *scratch);

/* The rank, from 1, of the interval's lower end among the Walsh averages; the upper end has the
 * same rank from above. It is the smallest k with P(V <= k) >= (1 - confidence) / 2, where V is the
 * sum of those of the ranks 1..n that are positive, each with probability 1/2. 0: there is none. */
size_t signed_rank_interval_rank(size_t n, double confidence);

#endif
