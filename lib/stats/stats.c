/* SPDX-License-Identifier: MIT */
#include "stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

void sort_values(double *values, size_t n) {
    qsort(values, n, sizeof(*values), compare_doubles);
}

static void sort_into(double *sorted, const double *values, size_t n) {
    memcpy(sorted, values, n * sizeof(*values));
    sort_values(sorted, n);
}

struct estimate estimate_exp(struct estimate logs) {
    return (struct estimate){exp(logs.value), {exp(logs.interval.low), exp(logs.interval.high)}};
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
 * The median lies between the k-th smallest and the k-th largest value unless fewer than k values
 * lie on one side of it. That has probability 2 P(B <= k - 1), where B is binomial with n and 1/2.
 * The sum of binomial coefficients is total * 2^exponent, because from n 1075 on a double cannot
 * hold 2^-n. Coefficients below 2^53 are exact: the division leaves no remainder.
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

struct estimate median_estimate(
    const double *values, size_t n, double confidence, double *scratch) {
    return (struct estimate){
        median(values, n, scratch), median_interval(values, n, confidence, scratch)};
}
