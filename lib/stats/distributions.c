/* SPDX-License-Identifier: MIT */
#include "distributions.h"

#include <math.h>

double normal_cdf(double z) {
    return erfc(-z * M_SQRT1_2) / 2;
}

/* Where the rising function f reaches `target`, to the last bit. */
static double bisect(double (*f)(double x, const void *context), const void *context, double target,
    double low, double high) {
    for (;;) {
        double middle = low + (high - low) / 2;

        if (middle <= low || middle >= high)
            return middle;
        if (f(middle, context) < target)
            low = middle;
        else
            high = middle;
    }
}

static double normal_below(double z, const void *context) {
    (void)context;
    return normal_cdf(z);
}

/* Probabilities below 1/2 keep all their digits. */
double normal_quantile(double probability) {
    if (probability > 0.5)
        return -normal_quantile(1 - probability);
    return bisect(normal_below, NULL, probability, -40, 0);
}

static double binomial_mass(size_t k, size_t n, double p) {
    double ways = lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1);

    return exp(ways + (double)k * log(p) + (double)(n - k) * log1p(-p));
}

double binomial_cdf(ptrdiff_t k, size_t n, double p) {
    double sum = 0;

    if (k < 0)
        return 0;
    if ((size_t)k >= n || p <= 0)
        return 1;
    if (p >= 1)
        return 0;
    for (size_t i = 0; i <= (size_t)k; i++)
        sum += binomial_mass(i, n, p);
    return sum < 1 ? sum : 1;
}

struct trials {
    size_t successes, n;
};

/* P(B >= successes): grows with p. */
static double at_least(double p, const void *context) {
    const struct trials *trials = context;

    return binomial_cdf((ptrdiff_t)(trials->n - trials->successes), trials->n, 1 - p);
}

/* P(B > successes): grows with p. */
static double more_than(double p, const void *context) {
    const struct trials *trials = context;

    return binomial_cdf((ptrdiff_t)(trials->n - trials->successes) - 1, trials->n, 1 - p);
}

struct interval binomial_interval(size_t successes, size_t n, double confidence) {
    const struct trials trials = {successes, n};
    const double tail = (1 - confidence) / 2;
    struct interval interval = {0, 1};

    if (n == 0)
        return (struct interval){NAN, NAN};
    if (successes > 0)
        interval.low = bisect(at_least, &trials, tail, 0, 1);
    if (successes < n)
        interval.high = bisect(more_than, &trials, 1 - tail, 0, 1);
    return interval;
}
