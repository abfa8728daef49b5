/* SPDX-License-Identifier: MIT */
#ifndef STATS_SPENDING_H
#define STATS_SPENDING_H

#include <stddef.h>

/*
 * The levels of a test that is repeated while values come in, so that all looks together err with
 * the chance alpha. Each look has a share of alpha: the chance that it errs and no look before it
 * did. Looks see mostly the same values and err mostly together, so a later look has a higher level
 * than its share. The statistics of two looks are taken as normal, with the correlation
 * sqrt(n1 / n2).
 *
 * Source: Lan and DeMets, Biometrika 70 (1983); Jennison and Turnbull, Group Sequential Methods
 * with Applications to Clinical Trials (2000), sections 7.2 and 19.2.
 */

#define SPENDING_POINTS 32

struct spending {
    double share;                 /* of the next look, both sides together */
    double decay;                 /* the share of each look / that of the one before it */
    double limit;                 /* the last look errs if its statistic is above it */
    int values;                   /* before it; 0: there was none */
    double mass[SPENDING_POINTS]; /* of its test statistic where no look has erred, by its value */
};

/* For so many looks at one of `series` series, which err with the chance `alpha` all together. */
struct spending spending_start(double alpha, size_t series, double decay, int looks);

/* The level, both sides together, of the next look, which is after so many values. Without new
 * values it is that of the last look. */
double spending_look(struct spending *spending, int values);

#endif
