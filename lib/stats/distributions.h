/* SPDX-License-Identifier: MIT */
#ifndef STATS_DISTRIBUTIONS_H
#define STATS_DISTRIBUTIONS_H

#include "stats.h"

/* P(Z <= z) of the standard normal distribution, and its inverse for a probability in (0, 1). */
double normal_cdf(double z);
double normal_quantile(double probability);

/* P(B <= k), where B is the number of successes in n trials with probability p; 0 for k < 0. */
double binomial_cdf(ptrdiff_t k, size_t n, double p);

/* Exact interval of a probability after `successes` of n trials: the values that both one-sided
 * tests at (1 - confidence) / 2 accept. NaN for n 0.
 * Source: Clopper and Pearson, Biometrika 26 (1934); R's binom.test gives the same. */
struct interval binomial_interval(size_t successes, size_t n, double confidence);

#endif
