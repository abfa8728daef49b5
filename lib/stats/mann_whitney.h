/* SPDX-License-Identifier: MIT */
#ifndef STATS_MANN_WHITNEY_H
#define STATS_MANN_WHITNEY_H

#include "stats.h"

/* Two independent sets of values, x and y: does one lie higher, and by how much? */

/* Both sets smaller than this: exact distributions, from counting arrangements; else their normal
 * approximation. The limit is R's. */
#define MANN_WHITNEY_EXACT_MAX 50

struct mann_whitney {
    double u; /* pairs in which x is the greater; a tie counts half */
    double p; /* two-sided; NaN if all values are equal */
    bool exact;
};

/*
 * Mann-Whitney U test, as R's wilcox.test(x, y) does it: exact without ties in small sets; else the
 * normal approximation with the correction for ties in the variance and that for continuity.
 * Source: Mann and Whitney, Annals of Mathematical Statistics 18 (1947); for ties Hollander and
 * Wolfe, Nonparametric Statistical Methods, 2nd ed., section 4.1.
 */
struct mann_whitney mann_whitney_test(const double *x, size_t nx, const double *y, size_t ny);

struct shift {
    double value; /* median of all differences x - y; NaN: a set is empty */
    struct interval interval;
};

/*
 * Hodges-Lehmann estimate of how far x lies above y, with the interval of the shifts that the
 * Mann-Whitney test at level 1 - confidence does not refuse: the exact quantiles' in small sets.
 * With ties among the differences it errs on the wide side. Unknown where the sets are too small
 * for the level. Source: Hollander and Wolfe, sections 4.2 and 4.3; R's wilcox.test(conf.int =
 * TRUE).
 */
struct shift hodges_lehmann(
    const double *x, size_t nx, const double *y, size_t ny, double confidence);

#endif
