/* SPDX-License-Identifier: MIT */
#ifndef STATS_HODGES_LEHMANN_H
#define STATS_HODGES_LEHMANN_H

#include "stats.h"

/* If both sets are smaller than this, the distribution is exact, else its normal approximation. R
 * has the same limit. */
#define HODGES_LEHMANN_EXACT_MAX 50

/*
 * How far the values of x lie above those of y: the median of all differences x - y. The sets are
 * independent. The interval holds the shifts that the Mann-Whitney test at level 1 - confidence
 * does not reject. Ties among the differences make it wider. It is unknown if the sets are too
 * small for the level. Source: Hollander and Wolfe, Nonparametric Statistical Methods, 2nd ed.,
 * sections 4.2 and 4.3; R's wilcox.test(conf.int = TRUE).
 */
struct estimate hodges_lehmann(
    const double *x, size_t nx, const double *y, size_t ny, double confidence);

#endif
