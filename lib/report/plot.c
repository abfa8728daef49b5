/* SPDX-License-Identifier: MIT */
#include "plot.h"

#include <math.h>
#include <string.h>

#include "stats.h"

#define LEVELS 8

static double deviation(double value, double median) {
    return median > 0 ? value / median - 1 : NAN;
}

double plot_reach(const double *values, size_t count, double median, double *scratch) {
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        double distance = fabs(deviation(values[i], median));
        if (!isnan(distance))
            scratch[known++] = distance;
    }
    if (known == 0)
        return 0;
    sort_values(scratch, known);
    return scratch[known - known / 10 - 1];
}

double plot_reach_rounded(double reach) {
    return reach > PLOT_REACH_MIN ? fmin(ceil(10 * reach) / 10, PLOT_REACH_MAX) : PLOT_REACH_MIN;
}

void plot_count(const double *values, size_t count, double median, double reach,
    size_t ret_counts[PLOT_CELLS]) {
    memset(ret_counts, 0, PLOT_CELLS * sizeof(*ret_counts));
    for (size_t i = 0; i < count; i++) {
        double cell = floor((deviation(values[i], median) / reach + 1) / 2 * PLOT_CELLS);
        if (!isnan(cell))
            ret_counts[(size_t)fmin(fmax(cell, 0), PLOT_CELLS - 1)]++;
    }
}

const char *plot_text(struct arena *arena, const size_t counts[PLOT_CELLS], bool utf8) {
    static const char *const blocks[] = {
        " ", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"};
    static const char *const ascii[] = {" ", ".", ":", "-", "=", "+", "*", "#", "@"};
    const char *const *levels = utf8 ? blocks : ascii;
    const char *text = "";
    size_t fullest = 0;
    for (size_t i = 0; i < PLOT_CELLS; i++)
        fullest = counts[i] > fullest ? counts[i] : fullest;
    if (fullest == 0)
        return "-";
    for (size_t i = 0; i < PLOT_CELLS; i++)
        text =
            arena_printf(arena, "%s%s", text, levels[(LEVELS * counts[i] + fullest - 1) / fullest]);
    return text;
}
