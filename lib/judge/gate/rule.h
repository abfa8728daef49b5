/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_RULE_H
#define JUDGE_RULE_H

#include "stats.h"

/* How ab makes an interval of the ratios of a pair. A saved comparison names its rule, so that it
 * is judged in the same way by later versions. */
struct rule {
    const char *name;
    double (*centre)(const double *values, size_t n, double *scratch);
    struct interval (*interval)(const double *values, size_t n, double confidence, double *scratch);
    size_t (*rank)(size_t n, double confidence); /* of the interval's ends; 0: n are too few */

    /* The chance that the interval of n normal values lies above a point so many standard
     * deviations below their mean. */
    double (*power)(size_t rank, size_t n, double distance);

    /* The first look comes as soon as the control can fail, whose level is not divided by the rows;
     * each of the others a constant factor later. Otherwise the first comes after a third of the
     * rounds, the others evenly, and the control has the level of a row. */
    bool early;
};

/* The median, with its exact interval by the sign test: in files that name no rule. */
extern const struct rule rule_median;

/* The centre of the Walsh averages, with its exact interval by the signed-rank test. */
extern const struct rule rule_signed_rank;

/* NULL is the rule of files that name none. Returns NULL if the name is unknown. */
const struct rule *rule_find(const char *name);

#endif
