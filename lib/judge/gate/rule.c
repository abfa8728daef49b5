/* SPDX-License-Identifier: MIT */
#include "rule.h"

#include <math.h>
#include <string.h>

#include "distributions.h"
#include "signed_rank.h"

/* The k-th smallest of n values lies above the point if fewer than k values lie below it. */
static double median_power(size_t rank, size_t n, double distance) {
    return binomial_cdf((ptrdiff_t)rank - 1, n, normal_cdf(-distance));
}

/* P(X1 + X2 > 0 and X1 + X3 > 0) of normal values with mean `distance` and variance 1. The
 * trapezoidal rule is exact to many digits, because the integrand vanishes at both ends. */
static double both_above(double distance) {
    const double step = 0.25;
    const int end = 32; /* steps */
    double sum = 0;

    for (int i = -end; i <= end; i++) {
        double z = step * i, above = normal_cdf(z + 2 * distance);

        sum += exp(-z * z / 2) * above * above;
    }
    return sum * step / sqrt(2 * M_PI);
}

/*
 * The interval lies above the point if at most rank - 1 Walsh averages lie below it. The number of
 * those above is taken as normal; its mean and variance are exact. Up to a dozen values and far
 * above the point the real chance is higher, by up to 0.15: plans are a round or two too careful.
 * Source: Lehmann, Nonparametrics, revised ed. (2006), section 4.2; Hollander and Wolfe,
 * section 3.1.
 */
static double signed_rank_power(size_t rank, size_t n, double distance) {
    double count = (double)n, pairs = count * (count - 1) / 2;
    double one = normal_cdf(distance), two = normal_cdf(distance * M_SQRT2);
    double mean = count * one + pairs * two;
    double variance = count * one * (1 - one) + pairs * two * (1 - two)
        + 2 * pairs * (one * one + two - 2 * one * two)
        + 2 * pairs * (count - 2) * (both_above(distance) - two * two);
    double least = count + pairs + 1 - (double)rank;

    if (rank == 0)
        return 0;
    return normal_cdf((mean - least + 0.5) / sqrt(fmax(variance, 1e-9)));
}

const struct rule rule_median = {
    .name = "median",
    .centre = median,
    .interval = median_interval,
    .rank = median_interval_rank,
    .power = median_power,
};

const struct rule rule_signed_rank = {
    .name = "signed-rank",
    .centre = signed_rank_centre,
    .interval = signed_rank_interval,
    .rank = signed_rank_interval_rank,
    .power = signed_rank_power,
    .early = true,
};

const struct rule *rule_find(const char *name) {
    static const struct rule *const rules[] = {&rule_median, &rule_signed_rank};

    if (!name)
        return &rule_median;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (strcmp(rules[i]->name, name) == 0)
            return rules[i];
    return NULL;
}
