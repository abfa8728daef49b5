/* SPDX-License-Identifier: MIT */
#include "hodges_lehmann.h"

#include <float.h>
#include <math.h>

#include "arena.h"
#include "distributions.h"

/*
 * Counts for each u how many arrangements of nx values x among ny values y have it. Values are
 * placed in rising order; each x adds the number of y below it to u. ways[k * (nx * ny + 1) + u]
 * counts the arrangements with k values x so far. All terms are positive, so no digits cancel.
 */
static double *count_arrangements(struct arena *arena, size_t nx, size_t ny) {
    size_t width = nx * ny + 1;
    double *ways = arena_array(arena, double, (nx + 1) * width);

    ways[0] = 1;
    for (size_t placed = 0; placed < nx + ny; placed++) {
        size_t most = placed < nx - 1 ? placed : nx - 1;

        /* From the largest k down: each step reads counts that this value has not changed yet. */
        for (size_t k = most + 1; k-- > 0 && placed - k <= ny;) {
            size_t below = placed - k;

            for (size_t u = 0; u + below < width; u++)
                ways[(k + 1) * width + u + below] += ways[k * width + u];
        }
    }
    return &ways[nx * width];
}

/* P(U <= u) for every u. */
static double *exact_cdf(struct arena *arena, size_t nx, size_t ny) {
    double *cdf = count_arrangements(arena, nx, ny), total = 0;

    for (size_t u = 0; u <= nx * ny; u++) {
        total += cdf[u];
        cdf[u] = total;
    }
    for (size_t u = 0; u <= nx * ny; u++)
        cdf[u] /= total;
    return cdf;
}

/* The smallest u with P(U <= u) >= tail, with the slack that R takes, so that rounding cannot miss
 * a tail that is met exactly. */
static size_t quantile(struct arena *arena, size_t nx, size_t ny, double tail) {
    const double middle = (double)nx * (double)ny / 2;
    size_t u = 0;

    if (nx < HODGES_LEHMANN_EXACT_MAX && ny < HODGES_LEHMANN_EXACT_MAX) {
        const double *cdf = exact_cdf(arena, nx, ny);

        while (cdf[u] < tail - 10 * DBL_EPSILON)
            u++;
    } else {
        double sigma = sqrt(middle / 6 * (double)(nx + ny + 1));
        double at = middle + normal_quantile(tail) * sigma;

        u = at > 0 ? (size_t)at : 0;
    }
    return u;
}

struct estimate hodges_lehmann(
    const double *x, size_t nx, const double *y, size_t ny, double confidence) {
    struct estimate shift = {NAN, {NAN, NAN}};
    size_t count = nx * ny, rank;
    struct arena *arena;
    double *differences;

    if (count == 0)
        return shift;
    arena = arena_new();
    differences = arena_array(arena, double, count);
    for (size_t i = 0; i < count; i++)
        differences[i] = x[i / ny] - y[i % ny];
    sort_values(differences, count);
    shift.value =
        differences[(count - 1) / 2] + (differences[count / 2] - differences[(count - 1) / 2]) / 2;
    rank = quantile(arena, nx, ny, (1 - confidence) / 2);
    if (rank > 0)
        shift.interval = (struct interval){differences[rank - 1], differences[count - rank]};
    arena_free(arena);
    return shift;
}
