/* SPDX-License-Identifier: MIT */
#include "signed_rank.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "arena.h"
#include "distributions.h"

static size_t walsh_count(size_t n) {
    return n * (n + 1) / 2;
}

/* Counts for each sum up to `most` the subsets of 1..n that have it. All terms are positive, so no
 * digits cancel. */
static double *count_subsets(struct arena *arena, size_t n, size_t most) {
    double *subsets = arena_array(arena, double, most + 1);

    subsets[0] = 1;
    for (size_t rank = 1; rank <= n; rank++) {
        size_t reached = walsh_count(rank);

        for (size_t sum = reached < most ? reached : most; sum >= rank; sum--)
            subsets[sum] += subsets[sum - rank];
    }
    return subsets;
}

/* The smallest sum that at least a share `tail` of all subsets does not exceed. The slack is R's,
 * so that rounding cannot miss a tail that is met exactly. Half of all subsets lie below the
 * middle. */
static size_t exact_quantile(size_t n, double tail) {
    struct arena *arena = arena_new();
    const double *subsets = count_subsets(arena, n, walsh_count(n) / 2);
    double wanted = ldexp(tail - 10 * DBL_EPSILON, (int)n), total = subsets[0];
    size_t sum = 0;

    while (total < wanted && sum < walsh_count(n) / 2)
        total += subsets[++sum];
    arena_free(arena);
    return sum;
}

size_t signed_rank_interval_rank(size_t n, double confidence) {
    double tail = (1 - confidence) / 2, count = (double)walsh_count(n), at;

    if (n <= SIGNED_RANK_EXACT_MAX)
        return exact_quantile(n, tail);
    at = count / 2 + normal_quantile(tail) * sqrt(count * (2 * (double)n + 1) / 12);
    return at > 0 ? (size_t)at : 0;
}

static double average(double a, double b) {
    return (a + b) / 2;
}

/* The Walsh averages up to `limit`. The averages of a value with those that are not below it rise;
 * for the next value the end of those up to the limit can only come sooner. */
static size_t count_up_to(const double *sorted, size_t n, double limit) {
    size_t count = 0, end = n;

    for (size_t i = 0; i < n; i++) {
        while (end > i && average(sorted[i], sorted[end - 1]) > limit)
            end--;
        if (end <= i)
            break;
        count += end - i;
    }
    return count;
}

/* The Walsh average of this rank, from 1: the smallest number that so many do not exceed. Bisects
 * to the last bit, so that it is one of the averages, and no room for all of them is needed. */
static double walsh_average(const double *sorted, size_t n, size_t rank) {
    double low = sorted[0], high = sorted[n - 1];

    if (count_up_to(sorted, n, low) >= rank)
        return low;
    for (;;) {
        double middle = low + (high - low) / 2;

        if (middle <= low || middle >= high)
            return high;
        if (count_up_to(sorted, n, middle) < rank)
            low = middle;
        else
            high = middle;
    }
}

double signed_rank_centre(const double *values, size_t n, double *scratch) {
    size_t count = walsh_count(n);

    if (n == 0)
        return NAN;
    memcpy(scratch, values, n * sizeof(*values));
    sort_values(scratch, n);
    return average(
        walsh_average(scratch, n, (count + 1) / 2), walsh_average(scratch, n, count / 2 + 1));
}

struct interval signed_rank_interval(
    const double *values, size_t n, double confidence, double *scratch) {
    size_t rank = signed_rank_interval_rank(n, confidence);

    if (rank == 0)
        return (struct interval){NAN, NAN};
    memcpy(scratch, values, n * sizeof(*values));
    sort_values(scratch, n);
    return (struct interval){
        walsh_average(scratch, n, rank), walsh_average(scratch, n, walsh_count(n) + 1 - rank)};
}
