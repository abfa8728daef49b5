/* SPDX-License-Identifier: MIT */
#ifndef STATS_MANN_WHITNEY_H
#define STATS_MANN_WHITNEY_H

#include "stats.h"

/* Compares two independent sets of values, x and y. */

/* If both sets are smaller than this, distributions are exact, else normal approximations. R has
 * the same limit. */
#define MANN_WHITNEY_EXACT_MAX 50

struct mann_whitney {
    double u; /* pairs (x, y) with x > y; a tie counts half */
    double p; /* two-sided; NaN if all values are equal */
    bool exact;
};

/*
 * Mann-Whitney U test, as in R's wilcox.test(x, y): exact in small sets without ties, else the
 * normal approximation, corrected for ties and continuity.
 * Source: Mann and Whitney, Annals of Mathematical Statistics 18 (1947); for ties Hollander and
 * Wolfe, Nonparametric Statistical Methods, 2nd ed., section 4.1.
 */
struct mann_whitney mann_whitney_test(const double *x, size_t nx, const double *y, size_t ny);

/*
 * Hodges-Lehmann estimate of how far x lies above y: the median of all differences x - y. The
 * interval holds the shifts that the Mann-Whitney test at level 1 - confidence does not reject.
 * Ties among the differences make it wider. It is unknown if the sets are too small for the level.
 * Source: Hollander and Wolfe, sections 4.2 and 4.3; R's wilcox.test(conf.int = TRUE).
 */
struct estimate hodges_lehmann(
    const double *x, size_t nx, const double *y, size_t ny, double confidence);

#endif
