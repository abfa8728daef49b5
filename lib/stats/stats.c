/* SPDX-License-Identifier: MIT */
#include "stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void sort_into(double *sorted, const double *values, size_t n) {
    memcpy(sorted, values, n * sizeof(*values));
    qsort(sorted, n, sizeof(*sorted), compare_doubles);
}

double median(const double *values, size_t n, double *scratch) {
    if (n == 0)
        return NAN;
    sort_into(scratch, values, n);
    if (n % 2 == 1)
        return scratch[n / 2];
    return scratch[n / 2 - 1] + (scratch[n / 2] - scratch[n / 2 - 1]) / 2;
}

/*
 * The k-th smallest and k-th largest values hold the median between them unless fewer than k values
 * lie on one side of it: with probability 1 - 2 P(B <= k - 1), B binomial of n and 1/2. The
 * sum of binomial coefficients is kept as total * 2^exponent, because 2^-n is no double from n 1075
 * on. Coefficients below 2^53 come out exact: the product is divided without a remainder.
 */
size_t median_interval_rank(size_t n, double confidence) {
    const int step = 500;
    const double tail = (1 - confidence) / 2;
    double term = 1, total = 1;
    int exponent = -(int)n;
    size_t rank = 0;

    while (rank < (n + 1) / 2 && ldexp(total, exponent) <= tail) {
        term = term * (double)(n - rank) / (double)(rank + 1);
        total += term;
        rank++;
        if (total > ldexp(1, step)) {
            term = ldexp(term, -step);
            total = ldexp(total, -step);
            exponent += step;
        }
    }
    return rank;
}

struct interval median_interval(
    const double *values, size_t n, double confidence, double *scratch) {
    size_t rank = median_interval_rank(n, confidence);

    if (rank == 0)
        return (struct interval){NAN, NAN};
    sort_into(scratch, values, n);
    return (struct interval){scratch[rank - 1], scratch[n - rank]};
}
